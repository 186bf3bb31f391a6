import type { SignRequest } from '../http/http-client.ts'
import type { ResolvedS3Options } from './s3-options.ts'

/**
 * Signs GET requests with Signature Version 4 by `aws4fetch`; without credentials, not at all. A signature carries the session
 * token, so after a redirect it is sent on to the same origin and among Amazon's own only.
 */
export function s3Signer({ credentials, region }: ResolvedS3Options): SignRequest | undefined {
  if (credentials === 'anonymous') return undefined
  return async (url, start) => {
    if (url.origin !== start.origin && !(isAmazon(url) && isAmazon(start))) return {}
    const { AwsV4Signer } = await import('aws4fetch')
    const keys = typeof credentials === 'function' ? await credentials() : credentials
    const signer = new AwsV4Signer({ ...keys, url: url.href, method: 'GET', service: 's3', region })
    const { headers } = await signer.sign()
    headers.delete('host')
    return Object.fromEntries(headers)
  }
}

function isAmazon({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' && /\.amazonaws\.com(\.cn)?$/.test(hostname)
}
