import type { ByteRange, ByteSource, SourceIdentity } from '../src/bytes/byte-source.ts'
import { identityOfStream } from '../src/bytes/sha256.ts'

/** Bytes in memory as a source whose chunks have any sizes and whose memory is overwritten as soon as it may be. */
export class MemorySource implements ByteSource {
  readonly name: string
  readonly seekable: boolean
  readonly remote = false
  readonly etag = undefined
  readonly #bytes: Uint8Array
  readonly #sizes: readonly number[]

  constructor(
    name: string,
    bytes: Uint8Array,
    sizes: readonly number[] = [1 << 16],
    seekable: boolean = true,
  ) {
    this.name = name
    this.seekable = seekable
    // Not a Buffer, whose `slice` shares memory.
    this.#bytes = new Uint8Array(bytes)
    this.#sizes = sizes
  }

  get byteLength(): number | undefined {
    return this.seekable ? this.#bytes.length : undefined
  }

  async head(byteLength: number): Promise<Uint8Array> {
    return this.#bytes.slice(0, byteLength)
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (start < 0 || start > end || end > this.#bytes.length) throw new RangeError(`[${start}, ${end})`)
    return this.#bytes.slice(start, end)
  }

  async *stream({ start = 0, end = this.#bytes.length }: ByteRange = {}): AsyncGenerator<Uint8Array> {
    for (let at = start, k = 0; at < end; k++) {
      const chunk = this.#bytes.slice(at, Math.min(end, at + this.#sizes[k % this.#sizes.length]!))
      at += chunk.length
      yield chunk
      chunk.fill(0xff)
    }
  }

  identify(): Promise<SourceIdentity> {
    return identityOfStream(this.stream())
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
