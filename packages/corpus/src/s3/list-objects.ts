import { CorpusError } from '../errors.ts'
import { HttpClient } from '../http/http-client.ts'
import { resolveHttpOptions, type HttpOptions } from '../http/http-options.ts'
import { statusFailure } from '../http/http-status.ts'
import { readBody } from '../http/read-body.ts'
import { RetryBudget } from '../http/retry.ts'
import { resolveS3Options, type S3Options } from './s3-options.ts'
import { s3Address } from './s3-url.ts'
import { s3Signer } from './sign.ts'

/** A page of at most 1,000 keys has no more than this. */
const maxPageBytes = 1 << 24

/** All keys of a bucket that begin with `prefix`, in the order of S3 (UTF-8 bytes). */
export async function* listObjects(
  bucket: string,
  prefix: string,
  options: S3Options = {},
  http: HttpOptions = {},
): AsyncGenerator<string, void, undefined> {
  const resolved = resolveS3Options(options)
  using client = new HttpClient(resolveHttpOptions(http), s3Signer(resolved))
  const name = `s3://${bucket}/${prefix}`
  for (let token: string | undefined = ''; token !== undefined;) {
    const url = s3Address({ bucket, key: '' }, resolved)
    url.search = new URLSearchParams({
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(token === '' ? {} : { 'continuation-token': token }),
    }).toString()
    // The signature is over %20; URLSearchParams writes +.
    url.search = url.search.replaceAll('+', '%20')
    const page = await getText(client, url, name, http)
    for (const [, key = ''] of page.matchAll(/<Key>([^<]*)<\/Key>/g))
      yield decodeURIComponent(key.replaceAll('+', ' '))
    const truncated = /<IsTruncated>\s*true\s*<\/IsTruncated>/.test(page)
    const next: string | undefined = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(page)?.[1]
    if (truncated && next === undefined) {
      throw new CorpusError('http-status', 'the listing stops in the middle without a continuation token', {
        source: name,
      })
    }
    token = truncated ? next?.replaceAll('&amp;', '&') : undefined
  }
}

async function getText(client: HttpClient, url: URL, name: string, http: HttpOptions): Promise<string> {
  const options = resolveHttpOptions(http)
  const budget = new RetryBudget(options)
  for (;;) {
    try {
      const response = await client.get(url, {})
      if (response.statusCode !== 200) throw statusFailure(response, name)
      const chunks: Uint8Array[] = []
      let length = 0
      for await (const chunk of readBody(response, options)) {
        chunks.push(chunk)
        if ((length += chunk.length) > maxPageBytes) {
          throw new CorpusError('too-large', `a page of the listing has more than ${maxPageBytes} bytes`, {
            source: name,
          })
        }
      }
      return Buffer.concat(chunks).toString()
    } catch (error) {
      await budget.afterFailure(error, name)
    }
  }
}
