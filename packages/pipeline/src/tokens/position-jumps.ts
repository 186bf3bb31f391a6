import type { DocumentEvent } from '@sluice/corpus'

/** A place where the text has other bytes than its source. */
type Repair = Omit<Extract<DocumentEvent, { kind: 'repair' }>, 'kind'>

/**
 * Where positions in the source run away from those in the text, because bytes that are not UTF-8 were replaced or left out.
 * A token that ends inside a replacement ends inside the bytes it stands for, or where they end.
 */
export class PositionJumps {
  /** Pairs: the index of an id in the segment, and what is to be added to its end in the text from there on, in this document. */
  readonly pairs: number[] = []
  /** Repairs, each with the offset in the text where it begins; ids have passed those before `#next`. */
  #repairs: (Repair & { readonly textStart: number })[] = []
  #next = 0
  #documentStart = 0
  #announced = 0
  #passed = 0
  #shift = 0

  /** Whether the ids to come have to be told of. */
  get isWaiting(): boolean {
    return this.#next < this.#repairs.length || this.#shift !== this.#passed
  }

  /** A document (or the piece of it that the segment holds) begins at `position`. */
  begin(position: number): void {
    this.#repairs = []
    this.#next = 0
    this.#documentStart = position
    this.#announced = 0
    this.#passed = 0
    this.#shift = 0
  }

  announce({ position, byteLength, textLength }: Repair): void {
    const textStart = position - this.#documentStart - this.#announced
    if (this.#next === this.#repairs.length) {
      this.#repairs = []
      this.#next = 0
    }
    this.#repairs.push({ position, byteLength, textLength, textStart })
    this.#announced += byteLength - textLength
  }

  /** The next id, number `index` of the segment, ends `textEnd` bytes into the text. */
  pass(index: number, textEnd: number): void {
    let inside = 0
    for (; this.#next < this.#repairs.length; this.#next++) {
      const { textStart, byteLength, textLength } = this.#repairs[this.#next]!
      const reached = textEnd - textStart
      if (reached < textLength) {
        if (reached > 0) inside = Math.min(reached, byteLength) - reached
        break
      }
      this.#passed += byteLength - textLength
    }
    const shift = this.#passed + inside
    if (shift === this.#shift) return
    this.#shift = shift
    this.pairs.push(index, shift)
  }
}

/** Index of the first pair of an id that is not before `id`. */
export function firstJumpFrom(pairs: Float64Array, id: number): number {
  let low = 0
  let high = pairs.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pairs[2 * middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}

/** What is added to the end of the id before `id`, of a document that begins at id `first`. */
export function shiftBefore(pairs: Float64Array, first: number, id: number): number {
  const last = firstJumpFrom(pairs, id) - 1
  return last >= 0 && pairs[2 * last]! >= first ? pairs[2 * last + 1]! : 0
}
