/**
 * Finds the end of one zstd frame (RFC 8878, section 3.1) without decompressing it: magic number, frame header, blocks,
 * checksum; or a skippable frame. Bytes may come in pieces of any size.
 */
export class ZstdFrameWalker {
  /** The whole frame was walked over. */
  complete = false
  /** The field being read: its bytes so far, and how many it has. */
  readonly #field = new Uint8Array(4)
  #filled = 0
  #wanted = 4
  #state: 'magic' | 'skippable-size' | 'descriptor' | 'block-header' | 'skip' = 'magic'
  /** Bytes to pass over, and what comes after them. */
  #toSkip = 0
  #afterSkip: 'block-header' | 'end' = 'end'
  #checksumBytes = 0

  /** @returns how many of the bytes belong to this frame: all of them until the frame is complete */
  walk(bytes: Uint8Array): number {
    let at = 0
    while (at < bytes.length && !this.complete) {
      if (this.#state === 'skip') {
        const step = Math.min(this.#toSkip, bytes.length - at)
        this.#toSkip -= step
        at += step
        if (this.#toSkip === 0) this.#skipped()
        continue
      }
      this.#field[this.#filled++] = bytes[at++]!
      if (this.#filled === this.#wanted) this.#fieldRead()
    }
    return at
  }

  #fieldRead(): void {
    this.#filled = 0
    const view = new DataView(this.#field.buffer)
    switch (this.#state) {
      case 'magic': {
        const magic = view.getUint32(0, true)
        if (magic === 0xfd2fb528) this.#want('descriptor', 1)
        else if (magic >>> 4 === 0x0184d2a5) this.#want('skippable-size', 4)
        else throw new Error('something that is no zstd frame follows the last frame')
        break
      }
      case 'skippable-size':
        this.#skip(view.getUint32(0, true), 'end')
        break
      case 'descriptor': {
        const descriptor = view.getUint8(0)
        const singleSegment = (descriptor >> 5) & 1
        this.#checksumBytes = (descriptor & 4) === 0 ? 0 : 4
        const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3]!
        const contentSizeBytes = [singleSegment, 2, 4, 8][descriptor >> 6]!
        this.#skip(1 - singleSegment + dictionaryIdBytes + contentSizeBytes, 'block-header')
        break
      }
      case 'block-header': {
        const header = view.getUint16(0, true) | (view.getUint8(2) << 16)
        const type = (header >> 1) & 3
        if (type === 3) throw new Error('a block has the reserved type')
        const last = (header & 1) === 1
        const contentBytes = type === 1 ? 1 : header >> 3
        this.#skip(contentBytes + (last ? this.#checksumBytes : 0), last ? 'end' : 'block-header')
        break
      }
      case 'skip':
    }
  }

  #want(state: 'descriptor' | 'skippable-size' | 'block-header', bytes: number): void {
    this.#state = state
    this.#wanted = bytes
  }

  #skip(bytes: number, then: 'block-header' | 'end'): void {
    this.#state = 'skip'
    this.#toSkip = bytes
    this.#afterSkip = then
    if (bytes === 0) this.#skipped()
  }

  #skipped(): void {
    if (this.#afterSkip === 'end') this.complete = true
    else this.#want('block-header', 3)
  }
}
