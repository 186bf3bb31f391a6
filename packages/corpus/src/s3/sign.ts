import type { SignRequest } from '../http/http-client.ts'
import type { ResolvedS3Options } from './s3-options.ts'

/** Signs GET requests with Signature Version 4 by `aws4fetch`; without credentials, not at all. */
export function s3Signer({ credentials, region }: ResolvedS3Options): SignRequest | undefined {
  if (credentials === 'anonymous') return undefined
  return async (url) => {
    const { AwsV4Signer } = await import('aws4fetch')
    const keys = typeof credentials === 'function' ? await credentials() : credentials
    const signer = new AwsV4Signer({ ...keys, url: url.href, method: 'GET', service: 's3', region })
    const { headers } = await signer.sign()
    headers.delete('host')
    return Object.fromEntries(headers)
  }
}
