import { redactLocator } from '../bytes/locator.ts'
import { CorpusError } from '../errors.ts'

/** Keys of an S3 account. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Where S3 is. What is left out comes from the usual environment variables. */
export interface S3Options {
  /**
   * Base URL of an S3-compatible store; buckets are then path segments.
   * @default AWS_ENDPOINT_URL_S3, else AWS_ENDPOINT_URL, else Amazon's for the region
   */
  readonly endpoint?: string
  /** @default AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1 */
  readonly region?: string
  /**
   * Keys, a function that gets them before each request (for keys that expire), or `anonymous` for public buckets.
   * @default AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else anonymous
   */
  readonly credentials?: S3Credentials | 'anonymous' | (() => Promise<S3Credentials>)
}

/** {@link S3Options} with nothing left open. */
export interface ResolvedS3Options {
  readonly endpoint: URL | undefined
  readonly region: string
  readonly credentials: S3Credentials | 'anonymous' | (() => Promise<S3Credentials>)
}

/** @throws CorpusError `invalid-options` */
export function resolveS3Options(
  options: S3Options = {},
  env: NodeJS.ProcessEnv = process.env,
): ResolvedS3Options {
  const endpoint = options.endpoint ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']
  if (endpoint !== undefined && !/^https?:\/\//.test(endpoint)) {
    throw new CorpusError(
      'invalid-options',
      `expected the S3 endpoint to be an http(s) URL, got ${JSON.stringify(redactLocator(endpoint))}`,
    )
  }
  return {
    endpoint: endpoint === undefined ? undefined : new URL(endpoint),
    region: options.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    credentials: options.credentials ?? credentialsOf(env),
  }
}

function credentialsOf(env: NodeJS.ProcessEnv): S3Credentials | 'anonymous' {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  const sessionToken = env['AWS_SESSION_TOKEN']
  if (accessKeyId === undefined || secretAccessKey === undefined) return 'anonymous'
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
