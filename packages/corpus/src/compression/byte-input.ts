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

  /** Takes the next bytes, at most `byteLength`, fewer only at the end; valid until the next call. */
  async take(byteLength: number): Promise<Uint8Array> {
    if (this.rest.length >= byteLength) {
      const taken = this.rest.subarray(0, byteLength)
      this.rest = this.rest.subarray(byteLength)
      return taken
    }
    const taken = new Uint8Array(byteLength)
    let filled = 0
    while (filled < byteLength && (await this.fill())) {
      const piece = this.rest.subarray(0, byteLength - filled)
      taken.set(piece, filled)
      filled += piece.length
      this.rest = this.rest.subarray(piece.length)
    }
    return taken.subarray(0, filled)
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
