import type { Readable } from 'node:stream'
import { CorpusError } from '../errors.ts'
import type { ByteRange, ByteSource, SourceIdentity } from '../bytes/byte-source.ts'

/** A source that can be read once, from its beginning: standard input, a named pipe. */
export class PipeSource implements ByteSource {
  readonly name: string
  readonly byteLength = undefined
  readonly seekable = false
  readonly remote = false
  readonly etag = undefined
  readonly #readable: Readable
  readonly #chunks: AsyncIterator<Uint8Array>
  /** Chunks read ahead for `head`, which `stream` gives first. */
  readonly #ahead: Uint8Array[] = []
  #taken = false

  constructor(name: string, readable: Readable) {
    this.name = name
    this.#readable = readable
    this.#chunks = readable[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  }

  async head(byteLength: number): Promise<Uint8Array> {
    if (this.#taken) throw this.#refusal('read-twice', 'can be read only once')
    let held = this.#ahead.reduce((sum, chunk) => sum + chunk.length, 0)
    while (held < byteLength) {
      const next = await this.#chunks.next()
      if (next.done === true) break
      this.#ahead.push(next.value)
      held += next.value.length
    }
    return Buffer.concat(this.#ahead).subarray(0, byteLength)
  }

  async read(): Promise<Uint8Array> {
    throw this.#refusal('not-seekable', 'has no random access')
  }

  async *stream({ start = 0, end }: ByteRange = {}): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#taken) throw this.#refusal('read-twice', 'can be read only once')
    if (start !== 0 || end !== undefined) {
      throw this.#refusal('not-seekable', 'can only be read from its beginning to its end')
    }
    this.#taken = true
    for (let chunk = this.#ahead.shift(); chunk !== undefined; chunk = this.#ahead.shift()) {
      if (chunk.length > 0) yield chunk
    }
    for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next()) {
      if (next.value.length > 0) yield next.value
    }
  }

  async identify(): Promise<SourceIdentity> {
    throw this.#refusal('read-twice', 'can be read only once, so its content has no identity yet')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#readable.destroy()
  }

  #refusal(code: 'not-seekable' | 'read-twice', what: string): CorpusError {
    return new CorpusError(code, `${what}; save it to a file first`, { source: this.name })
  }
}
