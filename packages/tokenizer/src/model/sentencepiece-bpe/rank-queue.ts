import { MinHeap } from '../../min-heap.ts'
import type { PlaceList } from './place-list.ts'

/**
 * The ranks that wait to be merged: a binary heap of ranks, each once, and for each rank a list of the places where its pair
 * stands. Many places share few ranks, so the heap stays small however long the text is.
 */
export class RankQueue {
  /** The first and the last entry of each rank's list, or -1. All -1 between texts. */
  readonly #heads: Int32Array
  readonly #tails: Int32Array
  /** Two words an entry: the place, and the next entry of the same rank. */
  #entries = new Int32Array(keptWords)
  #used = 0
  #free = -1
  readonly #ranks = new MinHeap()

  constructor(ranks: number) {
    this.#heads = new Int32Array(ranks).fill(-1)
    this.#tails = new Int32Array(ranks).fill(-1)
  }

  /** Makes an empty queue ready for the next text, without the memory that only a very long one needs. */
  reset(): void {
    this.#used = 0
    this.#free = -1
    if (this.#entries.length > keptWords) this.#entries = new Int32Array(keptWords)
  }

  push(rank: number, place: number): void {
    const entry = this.#newEntry()
    this.#entries[entry] = place
    this.#entries[entry + 1] = -1
    const tail = this.#tails[rank]!
    if (tail < 0) {
      this.#heads[rank] = entry
      this.#ranks.push(rank)
    } else {
      this.#entries[tail + 1] = entry
    }
    this.#tails[rank] = entry
  }

  /** The lowest rank that waits, or -1. */
  get lowest(): number {
    return this.#ranks.least
  }

  /** Takes out the places of the lowest rank, in the order they were pushed, and returns whether that is the text's. */
  takeLowest(into: PlaceList): boolean {
    const rank = this.#ranks.pop()
    let last = -1
    let inOrder = true
    for (let entry = this.#heads[rank]!; entry >= 0;) {
      const place = this.#entries[entry]!
      inOrder &&= place > last
      last = place
      into.add(place)
      const next = this.#entries[entry + 1]!
      this.#entries[entry + 1] = this.#free
      this.#free = entry
      entry = next
    }
    this.#heads[rank] = this.#tails[rank] = -1
    return inOrder
  }

  #newEntry(): number {
    const entry = this.#free
    if (entry >= 0) {
      this.#free = this.#entries[entry + 1]!
      return entry
    }
    const fresh = this.#used
    this.#used += 2
    if (this.#used > this.#entries.length) {
      const grown = new Int32Array(2 * this.#entries.length)
      grown.set(this.#entries)
      this.#entries = grown
    }
    return fresh
  }
}

/** As many words are kept from one text to the next. */
export const keptWords: number = 1 << 16
