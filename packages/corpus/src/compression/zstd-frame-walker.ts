/**
 * Finds the end of one zstd frame (RFC 8878, section 3.1) without decompressing it: magic number, frame header, blocks,
 * checksum; or a skippable frame. Bytes may come in pieces of any size.
 */
export class ZstdFrameWalker {
  /** The whole frame was walked over. */
  complete = false
  /** Bytes of history that decompressing needs, once the header was walked over. */
  windowBytes = 0
  /** Bytes that the frame gives, where its header says so. */
  contentBytes: number | undefined
  /** It is one of those that hold no text. */
  isSkippable = false
  /** Number of the dictionary that decompressing needs; 0 for none, or for one without a number. */
  dictionaryId = 0
  /** The field being read: its bytes so far, and how many it has. */
  readonly #field = new Uint8Array(14)
  #filled = 0
  #wanted = 4
  #state: 'magic' | 'skippable-size' | 'descriptor' | 'header' | 'block-header' | 'skip' = 'magic'
  #descriptor = 0
  /** Bytes to pass over, and what comes after them. */
  #toSkip = 0
  #afterSkip: 'block-header' | 'end' = 'end'
  #checksumBytes = 0

  /** @returns how many of the bytes belong to this frame: all of them until the frame is complete */
  walk(bytes: Uint8Array): number {
    let at = 0
    while (at < bytes.length && !this.complete) {
      if (this.#state === 'skip') {
        at += this.passOver(bytes.length - at)
        continue
      }
      this.#field[this.#filled++] = bytes[at++]!
      if (this.#filled === this.#wanted) this.#fieldRead()
    }
    return at
  }

  /**
   * Passes over content that need not be seen.
   *
   * @param most - how many bytes there are
   * @returns how many of them it passed over
   */
  passOver(most: number): number {
    if (this.#state !== 'skip' || this.complete) return 0
    const step = Math.min(this.#toSkip, most)
    this.#toSkip -= step
    if (this.#toSkip === 0) this.#skipped()
    return step
  }

  #fieldRead(): void {
    this.#filled = 0
    const view = new DataView(this.#field.buffer)
    switch (this.#state) {
      case 'magic': {
        const magic = view.getUint32(0, true)
        if (magic === 0xfd2fb528) this.#want('descriptor', 1)
        else if (magic >>> 4 === 0x0184d2a5) {
          this.isSkippable = true
          this.#want('skippable-size', 4)
        } else throw new Error('something other than a zstd frame follows the last frame')
        break
      }
      case 'skippable-size':
        this.#skip(view.getUint32(0, true), 'end')
        break
      case 'descriptor':
        this.#descriptor = view.getUint8(0)
        this.#checksumBytes = (this.#descriptor & 4) === 0 ? 0 : 4
        this.#want('header', headerBytes(this.#descriptor))
        break
      case 'header':
        this.#readHeader(view)
        this.#want('block-header', 3)
        break
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

  #readHeader(view: DataView): void {
    const { windowBytes, dictionaryIdBytes, contentSizeBytes } = fieldSizes(this.#descriptor)
    let at = windowBytes
    for (let k = 0; k < dictionaryIdBytes; k++) this.dictionaryId += view.getUint8(at++) * 2 ** (8 * k)
    let contentSize = contentSizeBytes === 2 ? 256 : 0
    for (let k = 0; k < contentSizeBytes; k++) contentSize += view.getUint8(at++) * 2 ** (8 * k)
    if (contentSizeBytes > 0) this.contentBytes = contentSize
    // A frame of a single segment has its whole content as its window.
    this.windowBytes = windowBytes === 0 ? contentSize : windowOf(view.getUint8(0))
  }

  #want(state: 'descriptor' | 'skippable-size' | 'header' | 'block-header', bytes: number): void {
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

/** Bytes of the fields of a frame header behind its descriptor: window, dictionary, content size. */
function fieldSizes(descriptor: number): {
  readonly windowBytes: 0 | 1
  readonly dictionaryIdBytes: number
  readonly contentSizeBytes: number
} {
  const singleSegment = (descriptor & 0x20) !== 0
  return {
    windowBytes: singleSegment ? 0 : 1,
    dictionaryIdBytes: [0, 1, 2, 4][descriptor & 3]!,
    contentSizeBytes: [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!,
  }
}

function headerBytes(descriptor: number): number {
  const { windowBytes, dictionaryIdBytes, contentSizeBytes } = fieldSizes(descriptor)
  return windowBytes + dictionaryIdBytes + contentSizeBytes
}

/** A window is a power of two and up to seven eighths more. */
function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3))
  return base + (base / 8) * (byte & 7)
}
