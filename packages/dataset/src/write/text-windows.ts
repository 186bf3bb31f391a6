/** A window's ids in its text: where they begin, and how many inputs and targets there are before the filling. */
export interface WindowSpan {
  readonly start: number
  readonly inputs: number
  readonly targets: number
}

/** How a text is cut. */
export interface TextCut {
  readonly maxLength: number
  readonly stride: number
  readonly tail: 'drop' | 'pad'
}

/**
 * The windows of one text whose length is not known before its end. Full windows are those of `GPTDatasetV1`: starts
 * `range(0, length − maxLength, stride)`. With `tail: pad` one more follows, filled up, if it has a target that no full window has.
 */
export class TextWindows {
  readonly #cut: TextCut
  #count = 0

  constructor(cut: TextCut) {
    this.#cut = cut
  }

  /** Windows so far. */
  get count(): number {
    return this.#count
  }

  /** Where the next window begins: no id before it is needed any more. */
  get nextStart(): number {
    return this.#count * this.#cut.stride
  }

  /** The next full window of a text of `length` ids or more, if it has one. */
  next(length: number): WindowSpan | undefined {
    const { maxLength } = this.#cut
    const start = this.nextStart
    if (start + maxLength >= length) return undefined
    this.#count++
    return { start, inputs: maxLength, targets: maxLength }
  }

  /** The window that is filled up, of a text of `length` ids that gave all its full ones. */
  last(length: number): WindowSpan | undefined {
    const start = this.nextStart
    if (this.#cut.tail === 'drop' || Math.max(start, this.#lastTarget()) >= length - 1) return undefined
    this.#count++
    return { start, inputs: Math.min(this.#cut.maxLength, length - start), targets: length - start - 1 }
  }

  /** How many of all `length` ids come after the last window's last target. */
  tailOf(length: number): number {
    return this.#count === 0 ? length : Math.max(0, length - this.#lastTarget() - 1)
  }

  #lastTarget(): number {
    return this.#count === 0 ? 0 : (this.#count - 1) * this.#cut.stride + this.#cut.maxLength
  }
}
