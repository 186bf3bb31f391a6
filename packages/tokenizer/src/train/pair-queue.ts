import { grown } from './count-pieces.ts'

/** What a queue asks about pairs, which are numbers. */
export interface PairOrder {
  /** How often a pair comes now. */
  readonly countOf: (pair: number) => number
  /** Which of two pairs of equal count comes out first. */
  readonly isBefore: (a: number, b: number) => boolean
}

/** A binary heap of pairs; entries keep the count they were pushed with, so that stale ones can be told. */
export class PairQueue {
  #pairs = new Int32Array(1 << 14)
  #counts = new Float64Array(1 << 14)
  #size = 0
  readonly #order: PairOrder

  constructor(order: PairOrder) {
    this.#order = order
  }

  push(pair: number): void {
    if (this.#size === this.#pairs.length) {
      this.#pairs = grown(this.#pairs, 2 * this.#size)
      this.#counts = grown(this.#counts, 2 * this.#size)
    }
    const count = this.#order.countOf(pair)
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#precedes(pair, count, parent)) break
      this.#move(parent, at)
      at = parent
    }
    this.#pairs[at] = pair
    this.#counts[at] = count
  }

  /** Takes out the pair with the highest count as it is now; -1 when none is left. */
  pop(): number {
    while (this.#size > 0) {
      const pair = this.#pairs[0]!
      const count = this.#counts[0]!
      this.#removeTop()
      const now = this.#order.countOf(pair)
      if (count === now) return pair
      if (now > 0 && count > now) this.push(pair)
    }
    return -1
  }

  #removeTop(): void {
    const last = --this.#size
    const pair = this.#pairs[last]!
    const count = this.#counts[last]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= last) break
      if (child + 1 < last && this.#precedes(this.#pairs[child + 1]!, this.#counts[child + 1]!, child))
        child++
      if (this.#precedes(pair, count, child)) break
      this.#move(child, at)
      at = child
    }
    this.#pairs[at] = pair
    this.#counts[at] = count
  }

  #move(from: number, to: number): void {
    this.#pairs[to] = this.#pairs[from]!
    this.#counts[to] = this.#counts[from]!
  }

  /** Whether a pair of a count comes out before the entry at `at`. */
  #precedes(pair: number, count: number, at: number): boolean {
    const other = this.#counts[at]!
    return count === other ? this.#order.isBefore(pair, this.#pairs[at]!) : count > other
  }
}
