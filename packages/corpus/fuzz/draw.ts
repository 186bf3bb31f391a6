import { seededRandom } from '@sluice/testing'

/** Draws that depend on a seed alone. */
export class Draw {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number {
    return Math.floor(this.#random() * end)
  }

  /** One of some values. */
  from<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  /** Values that `make` draws, fewer than `end` of them. */
  list<Value>(end: number, make: () => Value): Value[] {
    return Array.from({ length: this.below(end) }, make)
  }
}
