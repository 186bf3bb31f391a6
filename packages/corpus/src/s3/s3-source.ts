import type { HttpOptions } from '../http/http-options.ts'
import { openHttp } from '../http/http-source.ts'
import type { ByteSource } from '../bytes/byte-source.ts'
import { resolveS3Options, type S3Options } from './s3-options.ts'
import { parseS3Url, s3Address } from './s3-url.ts'
import { s3Signer } from './sign.ts'

/** Opens `s3://bucket/key`: HTTP with signed requests. */
export async function openS3(
  url: string,
  options: S3Options = {},
  http: HttpOptions = {},
): Promise<ByteSource> {
  const resolved = resolveS3Options(options)
  return openHttp(s3Address(parseS3Url(url), resolved).href, http, s3Signer(resolved), url)
}
