import { CorpusError } from '../errors.ts'
import type { AddressPolicy } from './address-policy.ts'
import { credentialsFromEnvironment, type HttpCredentials } from './http-credentials.ts'

/** Options for everything that goes over HTTP. */
export interface HttpOptions {
  /** Headers of every request, for instance `authorization`. Not sent on to another origin after a redirect. */
  readonly headers?: Readonly<Record<string, string>>
  /** Which addresses may be connected to; checked for the address itself at the time of connecting. @default 'any' */
  readonly addresses?: AddressPolicy
  /** Redirects followed for one request. @default 5 */
  readonly maxRedirects?: number
  /** Largest source accepted, in bytes. @default 1099511627776 (1 TiB) */
  readonly maxBytes?: number
  /** Largest source accepted whose length the server does not declare, in bytes. @minimum 0 @default 68719476736 (64 GiB) */
  readonly maxUndeclaredBytes?: number
  /** Slowest server accepted, in bytes a second, measured over twice `timeoutMs` of waiting. @minimum 0 @default 128 */
  readonly minBytesPerSecond?: number
  /**
   * What to send to which server: headers, user and password, or parameters of the query, by origin
   * (`https://data.example.org`). Nothing of it is in a locator, a message or anything that is stored.
   * @default the JSON file that SLUICE_HTTP_CREDENTIALS names, else nothing
   */
  readonly credentials?: HttpCredentials
  /** Longest wait for a connection, for the first byte and between two bytes, in milliseconds. @default 30000 */
  readonly timeoutMs?: number
  /** Retries without progress before giving up. Progress of 1 MiB starts the count again. @default 5 */
  readonly retries?: number
  /** Wait before the first retry, in milliseconds; doubled each time up to `maxBackoffMs`. @default 250 */
  readonly backoffMs?: number
  /** Longest wait before a retry, whatever a server asks for, in milliseconds. @default 10000 */
  readonly maxBackoffMs?: number
}

/** {@link HttpOptions} with nothing left open. */
export type ResolvedHttpOptions = Required<HttpOptions>

/** @throws CorpusError `invalid-options` */
export function resolveHttpOptions(options: HttpOptions = {}): ResolvedHttpOptions {
  return {
    headers: options.headers ?? {},
    addresses: options.addresses ?? 'any',
    maxRedirects: count('maxRedirects', options.maxRedirects ?? 5),
    maxBytes: count('maxBytes', options.maxBytes ?? 2 ** 40),
    maxUndeclaredBytes: count('maxUndeclaredBytes', options.maxUndeclaredBytes ?? 2 ** 36),
    minBytesPerSecond: count('minBytesPerSecond', options.minBytesPerSecond ?? 128),
    credentials: options.credentials ?? credentialsFromEnvironment(),
    timeoutMs: count('timeoutMs', options.timeoutMs ?? 30_000),
    retries: count('retries', options.retries ?? 5),
    backoffMs: count('backoffMs', options.backoffMs ?? 250),
    maxBackoffMs: count('maxBackoffMs', options.maxBackoffMs ?? 10_000),
  }
}

function count(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new CorpusError('invalid-options', `expected ${name} to be a count, got ${value} (${typeof value})`)
}
