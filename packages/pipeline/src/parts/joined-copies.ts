import type { Ids } from '../tokens/id-sums.ts'

/** Up to this many ids a loop is quicker than making a view. */
const fewIds = 32

/**
 * Copies ranges of ids, those that follow each other in both arrays at once: windows that stand side by side are one copy,
 * however short they are.
 */
export class JoinedCopies {
  readonly #from: Ids
  readonly #to: Ids
  #fromIndex = 0
  #toIndex = 0
  #count = 0

  constructor(from: Ids, to: Ids) {
    this.#from = from
    this.#to = to
  }

  add(fromIndex: number, toIndex: number, count: number): void {
    if (fromIndex !== this.#fromIndex + this.#count || toIndex !== this.#toIndex + this.#count) {
      this.end()
      this.#fromIndex = fromIndex
      this.#toIndex = toIndex
    }
    this.#count += count
  }

  /** Copies what was not copied yet. */
  end(): void {
    const from = this.#from
    const to = this.#to
    const fromIndex = this.#fromIndex
    const toIndex = this.#toIndex
    const count = this.#count
    this.#count = 0
    if (count > fewIds) to.set(from.subarray(fromIndex, fromIndex + count), toIndex)
    else for (let step = 0; step < count; step++) to[toIndex + step] = from[fromIndex + step]!
  }
}
