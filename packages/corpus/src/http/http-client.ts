import { lookup, type LookupAddress } from 'node:dns'
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { CorpusError } from '../errors.ts'
import { compileAddressPolicy } from './address-policy.ts'
import { credentialsOf, withCredentialQuery, type HttpCredentials } from './http-credentials.ts'
import type { ResolvedHttpOptions } from './http-options.ts'

/**
 * Makes headers that one request needs besides those of the user; called for each attempt (signatures carry the time).
 * After a redirect `start` tells where the request began: a signature is not for everybody.
 */
export type SignRequest = (url: URL, start: URL) => Promise<Readonly<Record<string, string>>>

/**
 * GET requests with redirects, timeouts and an address policy that is enforced on the address connected to, not on a name
 * that may resolve to something else a moment later. Has its own connections, so that nothing passes by the policy.
 */
export class HttpClient implements Disposable {
  readonly #options: ResolvedHttpOptions
  readonly #sign: SignRequest | undefined
  readonly #allowed: (address: string, host: string) => boolean
  readonly #agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true }),
  }

  constructor(options: ResolvedHttpOptions, sign?: SignRequest) {
    this.#options = options
    this.#sign = sign
    this.#allowed = compileAddressPolicy(options.addresses)
  }

  /**
   * @returns the response with its body unread: the caller reads or destroys it
   * @throws CorpusError `address-refused`, `too-many-redirects`; other errors are those of the connection
   */
  async get(start: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    let url = start
    for (let redirects = 0; ; redirects++) {
      const own = url.origin === start.origin ? this.#options.headers : {}
      const { headers: granted } = credentialsOf(url, this.#options.credentials)
      const address = withCredentialQuery(url, this.#options.credentials)
      const signed = this.#sign === undefined ? {} : await this.#sign(address, start)
      const all = { 'accept-encoding': 'identity', ...own, ...granted, ...signed, ...headers }
      const response = await this.#send(address, all)
      const { location } = response.headers
      if (location === undefined || !isRedirect(response.statusCode)) return response
      response.destroy()
      if (redirects >= this.#options.maxRedirects) {
        throw new CorpusError(
          'too-many-redirects',
          `was redirected more than ${this.#options.maxRedirects} times`,
        )
      }
      if (!URL.canParse(location, url.href))
        throw new CorpusError('http-status', 'is redirected to an address that is not valid')
      const next = new URL(location, url)
      if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
        throw new CorpusError(
          'address-refused',
          `is redirected from ${url.protocol} to ${next.protocol}, which is refused`,
        )
      }
      url = next
    }
  }

  [Symbol.dispose](): void {
    this.#agents['http:'].destroy()
    this.#agents['https:'].destroy()
  }

  #send(url: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !this.#allowed(host, host)) throw refused(host, host)
    const secure = url.protocol === 'https:'
    const options: RequestOptions = {
      agent: this.#agents[secure ? 'https:' : 'http:'],
      headers,
      lookup: this.#lookup,
      ...authOf(url, this.#options.credentials),
    }
    return new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(url, options, (response) => {
        clearTimeout(timer)
        resolve(response)
      })
      const timer = setTimeout(
        () => request.destroy(new Error(`no answer within ${this.#options.timeoutMs} ms`)),
        this.#options.timeoutMs,
      )
      request.on('error', (error) => {
        clearTimeout(timer)
        reject(error)
      })
      request.end()
    })
  }

  /** Resolves a name and passes on only the addresses that the policy allows. */
  readonly #lookup: LookupFunction = (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const allowed = addresses.filter(({ address }) => this.#allowed(address, host))
      const first: LookupAddress | undefined = allowed[0]
      if (first === undefined) return callback(refused(host, addresses[0]?.address ?? 'no address'), [])
      if (options.all === true) return callback(null, allowed)
      return callback(null, first.address, first.family)
    })
  }
}

/** User and password: those of the credentials, else those in the address. */
function authOf(url: URL, credentials: HttpCredentials): { readonly auth?: string } {
  const { username, password = '' } = credentialsOf(url, credentials)
  if (username !== undefined) return { auth: `${username}:${password}` }
  if (url.username === '') return {}
  return { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` }
}

function refused(host: string, address: string): CorpusError {
  const what = host === address ? address : `${host} (${address})`
  return new CorpusError('address-refused', `the address policy does not allow ${what}`)
}

function isRedirect(status: number | undefined): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}
