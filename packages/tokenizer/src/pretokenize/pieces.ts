/** Pieces of a text in order: ranges of one buffer of valid UTF-8. Grows as needed and is used again and again. */
export class Pieces {
  bytes: Uint8Array = new Uint8Array(0)
  starts = new Uint32Array(1024)
  ends = new Uint32Array(1024)
  count = 0
  /** Whether the first piece begins where the whole text begins. */
  isFirst = false

  /** Begins again with pieces of `bytes`. */
  reset(bytes: Uint8Array, isFirst: boolean): void {
    this.bytes = bytes
    this.isFirst = isFirst
    this.count = 0
  }

  /** Adds a piece; an empty one is none. */
  push(start: number, end: number): void {
    if (start === end) return
    if (this.count === this.starts.length) {
      this.starts = grown(this.starts)
      this.ends = grown(this.ends)
    }
    this.starts[this.count] = start
    this.ends[this.count++] = end
  }
}

function grown(list: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * list.length)
  longer.set(list)
  return longer
}

/** One step of a pre-tokenizer: cuts each piece of `from` further, or changes its text, and writes the pieces to `to`. */
export interface PreTokenizerStep {
  readonly cut: (from: Pieces, to: Pieces) => void
  /**
   * What it makes of a space that follows a printable ASCII character, if the text is cut before the space. `border`: the pieces of the two
   * parts, joined, are those of the whole. `split`: the same, but a piece of the whole may span the place, and is cut there. `unknown`: no
   * such promise.
   */
  readonly beforeSpace: 'border' | 'split' | 'unknown'
  /** Whether a text may be cut before any character, as `split` says of a space: each character decides for itself what ends there. @default false */
  readonly cutsAnywhere?: boolean
  /** Whether the pieces, joined, are the text: nothing is removed, added or changed. */
  readonly keepsText: boolean
}
