import { readFileSync } from 'node:fs'
import { codeOf } from '@sluice/errors'
import { QueueError } from './errors.ts'

/** How to reach the queue's server. */
export interface QueueConnectionOptions {
  /** `redis://[user:password@]host[:port][/db]`, or `rediss://…` for TLS. @default redis://127.0.0.1:6379 */
  readonly url?: string
  /** File with the certificate of the authority that a `rediss://` server's certificate is checked with. */
  readonly caFile?: string
  /** Part of all keys: two deployments on one server need two. @default `sluice` */
  readonly prefix?: string
}

/** A connection that was looked at once: options for the driver, and an address without secrets. */
export interface QueueConnection {
  /** `redis://host:6379/0`: fit for messages and logs. */
  readonly address: string
  readonly prefix: string
  /** ioredis' options. */
  readonly driver: Readonly<Record<string, unknown>>
}

/** @throws QueueError `invalid-connection`, without repeating the URL: it may hold a password */
export function resolveConnection(options: QueueConnectionOptions = {}): QueueConnection {
  const { url: text = 'redis://127.0.0.1:6379', caFile, prefix = 'sluice' } = options
  if (!URL.canParse(text)) throw invalid('it is not a URL')
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(prefix))
    throw invalid(`\`${prefix}\` is not a key prefix of a-z, 0-9 and _`)
  const url = new URL(text)
  if (url.protocol === 'redis:' || url.protocol === 'rediss:') return redis(url, prefix, caFile)
  throw invalid(`the scheme ${url.protocol}// is not known`)
}

function redis(url: URL, prefix: string, caFile: string | undefined): QueueConnection {
  const tls = url.protocol === 'rediss:'
  const host = url.hostname.replaceAll(/^\[|\]$/g, '') || '127.0.0.1'
  const port = Number(url.port || 6379)
  const database = url.pathname.replace(/^\//, '')
  if (!/^\d*$/.test(database)) throw invalid('its path is not the number of a database')
  const db = Number(database)
  return {
    address: `${url.protocol}//${url.hostname || host}:${port}/${db}`,
    prefix,
    driver: {
      host,
      port,
      db,
      ...(url.username && { username: decode(url.username) }),
      ...(url.password && { password: decode(url.password) }),
      ...(tls && { tls: caFile === undefined ? {} : { ca: readAuthority(caFile) } }),
      // Both for every connection: with ioredis' own limit of 20, a result that is ready while the server is away is
      // thrown away; with BullMQ's own waits, work starts again 18 s after the server is back.
      maxRetriesPerRequest: null,
      retryStrategy: (times: number) => Math.min(100 * times, 1000),
      connectTimeout: 5000,
    },
  }
}

/** Decodes the user or the password of a URL. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw invalid('a % in its user or password begins no escape; write it as %25', cause)
  }
}

function readAuthority(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const message = `Expected a certificate at ${path}, which the queue's server is checked with; check the path`
    throw new QueueError('invalid-connection', message, { cause })
  }
}

function invalid(why: string, cause?: unknown): QueueError {
  return new QueueError(
    'invalid-connection',
    `Expected the queue's URL to be redis:// or rediss://: ${why}`,
    cause === undefined ? {} : { cause },
  )
}

/** Says in a few words why a connection failed, or why there is no answer yet; nothing where nobody knows. */
export function describeConnectionError(
  error: Error | undefined,
  { address }: Pick<QueueConnection, 'address'>,
): string {
  if (codeOf(error) === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'the server does not speak TLS; redis:// goes without it'
  // A Redis without TLS takes the beginning of a handshake for a command, and waits for its end.
  const isSilent = error === undefined || codeOf(error) === 'ETIMEDOUT'
  if (isSilent && address.startsWith('rediss:'))
    return 'a server that does not speak TLS stays silent; redis:// goes without it'
  return error?.message.trim() ?? ''
}
