import { hash } from 'node:crypto'
import type { ByteRange, ByteSource, SourceIdentity } from '../bytes/byte-source.ts'

/** A source whose bytes are in memory: a small file that was read whole. They are not copied. */
export class BytesSource implements ByteSource {
  readonly name: string
  readonly seekable = true
  readonly remote = false
  readonly etag = undefined
  readonly #bytes: Uint8Array

  constructor(name: string, bytes: Uint8Array) {
    this.name = name
    // Not a Buffer, whose `slice` shares memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get byteLength(): number {
    return this.#bytes.length
  }

  async head(byteLength: number): Promise<Uint8Array> {
    return this.#bytes.slice(0, byteLength)
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    return this.#bytes.slice(start, end)
  }

  async *stream({ start = 0, end = this.#bytes.length }: ByteRange = {}): AsyncGenerator<
    Uint8Array,
    void,
    undefined
  > {
    if (start < end) yield this.#bytes.subarray(start, end)
  }

  async identify(): Promise<SourceIdentity> {
    return { byteLength: this.#bytes.length, sha256: hash('sha256', this.#bytes) }
  }

  /** Does nothing: the memory belongs to whoever gave it. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
