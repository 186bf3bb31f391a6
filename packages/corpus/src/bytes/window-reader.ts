import type { ByteSource } from './byte-source.ts'

const windowBytes = 1 << 16

/** Reads short stretches of a source on the way from its beginning to its end: many lie in one window. */
export class WindowReader {
  readonly #source: ByteSource
  readonly #byteLength: number
  #window: Uint8Array = new Uint8Array(0)
  #start = 0

  constructor(source: ByteSource, byteLength: number) {
    this.#source = source
    this.#byteLength = byteLength
  }

  /** The bytes from a place on: at least `byteLength` of them, unless the source ends before. */
  async from(start: number, byteLength: number): Promise<Uint8Array> {
    const end = Math.min(start + byteLength, this.#byteLength)
    if (start >= end) return this.#window.subarray(0, 0)
    const isInside = start >= this.#start && end <= this.#start + this.#window.length
    if (!isInside) {
      const windowEnd = Math.min(start + Math.max(windowBytes, byteLength), this.#byteLength)
      this.#window = await this.#source.read(start, windowEnd)
      this.#start = start
    }
    return this.#window.subarray(start - this.#start)
  }
}
