const nothing = new Uint8Array(0)

/** Chunks of a stream with what is left over of the last one: decompressors stop in the middle of a chunk. */
export class ByteInput {
  /** Bytes that were read and not used yet; valid until the next {@link fill}. */
  rest: Uint8Array = nothing
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Reads on if nothing is left over. Returns whether there are bytes in `rest`. */
  async fill(): Promise<boolean> {
    while (this.rest.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      this.rest = next.value
    }
    return true
  }

  /** Passes over bytes of one value. Returns whether anything follows them. */
  async skip(value: number): Promise<boolean> {
    while (await this.fill()) {
      const end = this.rest.findIndex((byte) => byte !== value)
      this.rest = end === -1 ? nothing : this.rest.subarray(end)
      if (end !== -1) return true
    }
    return false
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
