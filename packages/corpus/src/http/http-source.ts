import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { CorpusError } from '../errors.ts'
import { redactLocator } from '../bytes/locator.ts'
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
 * With a strong ETag a broken download resumes where it was; without one it starts again, and what was read before must be
 * there again, by its hash. A change in between is noticed by ETag, date, length or that hash.
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
  name: string = redactLocator(url),
): Promise<ByteSource> {
  const resolved = resolveHttpOptions(options)
  const client = new HttpClient(resolved, sign)
  const budget = new RetryBudget(resolved)
  for (;;) {
    try {
      const response = await client.get(new URL(url), { range: `bytes=0-${firstBytes - 1}` })
      const head = await readHead(response, name, resolved)
      const version = versionOf(response, head.length)
      if ((version.byteLength ?? 0) > resolved.maxBytes) throw tooLarge(name, resolved.maxBytes)
      return new HttpSource(name, {
        ...{ url: new URL(url), client, options: resolved, version, head },
        ranges: response.statusCode !== 200,
      })
    } catch (error) {
      await budget.afterFailure(error, name).catch((failure: unknown) => {
        client[Symbol.dispose]()
        throw failure
      })
    }
  }
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
  for await (const chunk of readBody(response, options)) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= firstBytes) break
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, firstBytes))
}

/** A URL that was asked once. */
interface OpenedUrl {
  readonly url: URL
  readonly client: HttpClient
  readonly options: ResolvedHttpOptions
  readonly version: Version
  /** The first bytes of the content. */
  readonly head: Uint8Array
  /** Whether the server answers requests for ranges. */
  readonly ranges: boolean
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

  constructor(name: string, { url, client, options, version, head, ranges }: OpenedUrl) {
    this.name = name
    this.byteLength = version.byteLength
    this.etag = version.etag
    // Without a validator, two reads could be of two contents.
    this.seekable = ranges && version.byteLength !== undefined && version.vouched
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
      throw new CorpusError('not-seekable', 'the server gives no ranges; save it to a file first', {
        source: this.name,
      })
    }
    yield* this.#download(start, end)
  }

  /** A body whose length nobody declared may never end. */
  get #mostBytes(): number {
    const { maxBytes, maxUndeclaredBytes } = this.#options
    return this.byteLength === undefined ? Math.min(maxBytes, maxUndeclaredBytes) : maxBytes
  }

  async *#download(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    const budget = new RetryBudget(this.#options)
    // Only a strong ETag vouches that the rest belongs to what was read: else all of it is read and compared again.
    const before = this.etag === undefined ? createHash('sha256') : undefined
    let at = start
    let progress = 0
    while (at < end) {
      try {
        const from = this.etag === undefined ? start : at
        const response = await this.#get(from, end)
        const position = response.statusCode === 200 ? 0 : from
        const body = readBody(response, this.#options)
        for await (const chunk of bytesFrom(body, { position, start, at, before, source: this.name })) {
          const bytes = chunk.subarray(0, end - at)
          before?.update(bytes)
          at += bytes.length
          progress += bytes.length
          if (at > this.#mostBytes) throw tooLarge(this.name, this.#mostBytes)
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
    if (statusCode === 206 && now.rangeStart === undefined) {
      const message = `the server answers 206 and does not say which bytes it gives (byte ${at} was asked for)`
      throw new CorpusError('http-status', message, { source: this.name })
    }
    throw this.#changed(difference ?? `it gives byte ${now.rangeStart} where byte ${at} was asked for`)
  }

  #changed(what: string): CorpusError {
    const message = `the content changed since it was opened: ${what}; start again`
    return new CorpusError('source-changed', message, { source: this.name })
  }
}

/** Where a body begins, and how much of it was read before. */
interface BodyPlace {
  /** Offset of the body's first byte. */
  readonly position: number
  /** Offset where the download began, and where it is. */
  readonly start: number
  readonly at: number
  /** Hash of the bytes in between, where they are to be compared. */
  readonly before: Hash | undefined
  readonly source: string
}

/** Passes over what was read before, and checks that it is the same. */
async function* bytesFrom(
  body: AsyncIterable<Uint8Array>,
  { position, start, at, before, source }: BodyPlace,
): AsyncGenerator<Uint8Array, void, undefined> {
  const again = createHash('sha256')
  const expected = before?.copy().digest('hex')
  let compared = at === start
  let offset = position
  for await (const chunk of body) {
    const skipped = Math.min(Math.max(0, at - offset), chunk.length)
    offset += chunk.length
    if (!compared) {
      const first = Math.max(0, start - (offset - chunk.length))
      again.update(chunk.subarray(Math.min(skipped, first), skipped))
      if (offset < at) continue
      compared = true
      if (expected !== undefined && again.digest('hex') !== expected) {
        const message = 'the content changed during the download; start again'
        throw new CorpusError('source-changed', message, { source })
      }
    }
    if (skipped < chunk.length) yield chunk.subarray(skipped)
  }
}

function tooLarge(source: string, limit: number): CorpusError {
  const message = `has more than ${limit} bytes; raise maxBytes (or maxUndeclaredBytes) of the HTTP options to read it`
  return new CorpusError('too-large', message, { source })
}
