import { CorpusError } from '../errors.ts'
import { redactLocator } from '../bytes/locator.ts'
import type { ResolvedS3Options } from './s3-options.ts'

/** `s3://bucket/key` in its parts. */
export interface S3Location {
  readonly bucket: string
  readonly key: string
}

/** @throws CorpusError `invalid-options` */
export function parseS3Url(url: string): S3Location {
  const match = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,62})(?:\/(.*))?$/s.exec(url)
  if (match?.[1] === undefined) {
    throw new CorpusError(
      'invalid-options',
      `expected s3://bucket/key, got ${JSON.stringify(redactLocator(url))}`,
    )
  }
  return { bucket: match[1], key: match[2] ?? '' }
}

/** The HTTP address of an object, or of the bucket for an empty key. */
export function s3Address({ bucket, key }: S3Location, { endpoint, region }: ResolvedS3Options): URL {
  const path = key.split('/').map(encodeURIComponent).join('/')
  if (endpoint !== undefined)
    return new URL(`${endpoint.pathname.replace(/\/$/, '')}/${bucket}/${path}`, endpoint)
  // A certificate for *.s3.… does not cover a bucket with dots.
  const host = `s3.${region}.amazonaws.com`
  return new URL(
    bucket.includes('.') ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`,
  )
}
