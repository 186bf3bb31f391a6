import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { CorpusError } from '../errors.ts'
import type { ByteRange, ByteSource, SourceIdentity } from '../bytes/byte-source.ts'
import { identityOfStream } from '../bytes/sha256.ts'
import { HttpClient, type SignRequest } from './http-client.ts'
import { resolveHttpOptions, type HttpOptions, type ResolvedHttpOptions } from './http-options.ts'
import { statusFailure } from './http-status.ts'
import { RetryBudget } from './retry.ts'
import { readBody } from './read-body.ts'
import { versionOf, type Version } from './version.ts'

/** Bytes asked for first, to learn the length, whether ranges work, and the format. */
const firstBytes = 1 << 16
/** Progress after which failures are forgotten. */
const progressBytes = 1 << 20

/**
 * Opens an object behind `http(s)://`. If the server can give ranges the source is seekable; if not, it is read in one go.
 * Either way a broken download goes on where it was, and content that changed in between is noticed by its ETag,
 * modification date, length, or, where the server gives none of them, by the hash of what was read before.
 *
 * @param sign adds headers to each request (S3)
 * @param name shown in messages instead of the URL
 * @throws CorpusError `not-found`, `not-readable`, `http-status`, `network`, `too-large`, `address-refused`,
 *   `too-many-redirects`
 */
export async function openHttp(
  url: string,
  options: HttpOptions = {},
  sign?: SignRequest,
  name: string = publicName(url),
): Promise<ByteSource> {
  const resolved = resolveHttpOptions(options)
  const client = new HttpClient(resolved, sign)
  const budget = new RetryBudget(resolved)
  for (;;) {
    try {
      const response = await client.get(new URL(url), { range: `bytes=0-${firstBytes - 1}` })
      const head = await readHead(response, name, resolved)
      const version = versionOf(response, head.length)
      if ((version.byteLength ?? 0) > resolved.maxBytes) throw tooLarge(name, resolved)
      return new HttpSource(name, new URL(url), client, resolved, version, head, response.statusCode !== 200)
    } catch (error) {
      await budget.afterFailure(error, name).catch((failure: unknown) => {
        client[Symbol.dispose]()
        throw failure
      })
    }
  }
}

/** A URL without what must not be in a log: password and query (presigned URLs). */
function publicName(url: string): string {
  const { protocol, host, pathname, search } = new URL(url)
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`
}

async function readHead(
  response: IncomingMessage,
  name: string,
  options: ResolvedHttpOptions,
): Promise<Uint8Array> {
  if (response.statusCode === 416) {
    response.destroy()
    return new Uint8Array(0)
  }
  if (response.statusCode !== 200 && response.statusCode !== 206) throw statusFailure(response, name)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of readBody(response, options.timeoutMs)) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= firstBytes) break
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, firstBytes))
}

class HttpSource implements ByteSource {
  readonly name: string
  readonly byteLength: number | undefined
  readonly seekable: boolean
  readonly remote = true
  readonly etag: string | undefined
  readonly #url: URL
  readonly #client: HttpClient
  readonly #options: ResolvedHttpOptions
  readonly #version: Version
  readonly #head: Uint8Array

  constructor(
    name: string,
    url: URL,
    client: HttpClient,
    options: ResolvedHttpOptions,
    version: Version,
    head: Uint8Array,
    ranges: boolean,
  ) {
    this.name = name
    this.byteLength = version.byteLength
    this.etag = version.etag
    this.seekable = ranges && version.byteLength !== undefined
    this.#url = url
    this.#client = client
    this.#options = options
    this.#version = version
    this.#head = head
  }

  async head(byteLength: number): Promise<Uint8Array> {
    const wanted = Math.min(byteLength, this.byteLength ?? Infinity)
    if (wanted <= this.#head.length) return this.#head.slice(0, wanted)
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of this.#download(0, this.byteLength === undefined ? Infinity : wanted)) {
      chunks.push(chunk)
      length += chunk.length
      if (length >= wanted) break
    }
    return new Uint8Array(Buffer.concat(chunks).subarray(0, wanted))
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (end <= this.#head.length) return this.#head.slice(start, end)
    const bytes = new Uint8Array(end - start)
    let filled = 0
    for await (const chunk of this.stream({ start, end })) {
      bytes.set(chunk, filled)
      filled += chunk.length
    }
    return bytes
  }

  async *stream({ start = 0, end = this.byteLength ?? Infinity }: ByteRange = {}): AsyncGenerator<
    Uint8Array,
    void,
    undefined
  > {
    if (!this.seekable && (start !== 0 || end !== (this.byteLength ?? Infinity))) {
      throw new CorpusError(
        'not-seekable',
        'the server gives no ranges; save it to a file first (spoolSource)',
        {
          source: this.name,
        },
      )
    }
    yield* this.#download(start, end)
  }

  async *#download(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    const budget = new RetryBudget(this.#options)
    // Where neither ETag nor date vouch for the content, what was read before must be there again.
    const before = this.#version.vouched ? undefined : createHash('sha256')
    let at = start
    let progress = 0
    while (at < end) {
      try {
        const response = await this.#get(at, end)
        const skip = response.statusCode === 200 ? at : 0
        for await (const chunk of afterSkipping(
          readBody(response, this.#options.timeoutMs),
          start,
          skip,
          before,
          this.name,
        )) {
          const bytes = chunk.subarray(0, end - at)
          before?.update(bytes)
          at += bytes.length
          progress += bytes.length
          if (at > this.#options.maxBytes) throw tooLarge(this.name, this.#options)
          if (bytes.length > 0) yield bytes
          if (at >= end) break
        }
        if (end === Infinity) return
        if (at < end) throw new Error(`the connection ended at byte ${at} of ${end}`)
      } catch (error) {
        if (progress >= progressBytes) budget.reset()
        progress = 0
        await budget.afterFailure(error, this.name)
      }
    }
  }

  async identify(): Promise<SourceIdentity> {
    const { byteLength, etag } = this.#version
    if (etag !== undefined && byteLength !== undefined) return { byteLength, etag }
    return identityOfStream(this.stream())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]()
  }

  async #get(at: number, end: number): Promise<IncomingMessage> {
    const { etag, byteLength } = this.#version
    const whole = at === 0 && end === (byteLength ?? Infinity)
    const last = end === Infinity ? '' : end - 1
    const ifRange = etag === undefined ? {} : { 'if-range': etag }
    const headers = whole ? {} : { range: `bytes=${at}-${last}`, ...ifRange }
    const response = await this.#client.get(this.#url, headers)
    const { statusCode } = response
    if (statusCode === 416) {
      response.destroy()
      throw this.#changed(`it has no byte ${at} any more`)
    }
    if (statusCode !== 200 && statusCode !== 206) throw statusFailure(response, this.name)
    const now = versionOf(response, 0)
    const difference = this.#version.differenceTo(now)
    if (difference === undefined && (statusCode === 200 || now.rangeStart === at)) return response
    response.destroy()
    throw this.#changed(difference ?? `it gives byte ${now.rangeStart} where byte ${at} was asked for`)
  }

  #changed(what: string): CorpusError {
    const message = `the content changed since it was opened: ${what}; start again`
    return new CorpusError('source-changed', message, { source: this.name })
  }
}

/**
 * A server that ignores ranges begins anew: passes over the bytes up to `skip`, and checks that those from `start` on are
 * the ones that were read before.
 */
async function* afterSkipping(
  body: AsyncIterable<Uint8Array>,
  start: number,
  skip: number,
  before: Hash | undefined,
  source: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const again = createHash('sha256')
  let at = 0
  for await (const chunk of body) {
    const skipped = Math.min(skip - at, chunk.length)
    if (skipped > 0 && before !== undefined) {
      again.update(chunk.subarray(Math.min(skipped, Math.max(0, start - at)), skipped))
      if (at + skipped === skip && again.digest('hex') !== before.copy().digest('hex')) {
        throw new CorpusError('source-changed', 'the content changed during the download; start again', {
          source,
        })
      }
    }
    at += skipped
    if (skipped < chunk.length) yield chunk.subarray(skipped)
  }
}

function tooLarge(source: string, options: ResolvedHttpOptions): CorpusError {
  return new CorpusError('too-large', `has more than ${options.maxBytes} bytes; raise maxBytes to read it`, {
    source,
  })
}
