import type { PieceCounts } from './count-pieces.ts'
import type { PairStore } from './pair-store.ts'

/** Two neighbours and what they become. */
export interface PairToMerge {
  readonly left: number
  readonly right: number
  readonly made: number
}

/** The distinct pieces of a corpus as token numbers, which grow fewer as pairs are merged. */
export class Words {
  /** The numbers of all words, each at the place of its bytes. */
  readonly #numbers: Int32Array
  readonly #starts: Uint32Array
  readonly #lengths: Int32Array
  readonly #counts: Float64Array

  constructor({ size, bytes, starts, counts }: PieceCounts, numberOfByte: (byte: number) => number) {
    const numbers = Int32Array.from({ length: 256 }, (_, byte) => numberOfByte(byte))
    this.#numbers = new Int32Array(starts[size]!)
    for (let i = 0; i < this.#numbers.length; i++) this.#numbers[i] = numbers[bytes[i]!]!
    this.#starts = starts
    this.#lengths = new Int32Array(size)
    for (let word = 0; word < size; word++) this.#lengths[word] = starts[word + 1]! - starts[word]!
    this.#counts = counts
  }

  /** Counts every pair of neighbours. */
  countPairs(pairs: PairStore): void {
    const numbers = this.#numbers
    for (let word = 0; word < this.#lengths.length; word++) {
      const end = this.#starts[word]! + this.#lengths[word]!
      for (let i = this.#starts[word]!; i + 1 < end; i++)
        pairs.change(word, numbers[i]!, numbers[i + 1]!, this.#counts[word]!)
    }
  }

  /** Merges a pair wherever it stands in a word, from the left, and says which pairs now come more often. */
  merge(word: number, { left, right, made }: PairToMerge, pairs: PairStore, raised: Set<number>): void {
    const numbers = this.#numbers
    const count = this.#counts[word]!
    const start = this.#starts[word]!
    const end = start + this.#lengths[word]!
    let to = start
    for (let from = start; from < end; from++) {
      if (numbers[from] !== left || from + 1 === end || numbers[from + 1] !== right) {
        numbers[to++] = numbers[from]!
        continue
      }
      if (to > start) {
        pairs.change(word, numbers[to - 1]!, left, -count)
        raised.add(pairs.change(word, numbers[to - 1]!, made, count))
      }
      if (from + 2 < end) {
        pairs.change(word, right, numbers[from + 2]!, -count)
        raised.add(pairs.change(word, made, numbers[from + 2]!, count))
      }
      numbers[to++] = made
      from++
    }
    this.#lengths[word] = to - start
  }

  /** A number that orders pairs by their first place in the corpus. */
  firstPlace(pair: number, pairs: PairStore): number {
    const left = pairs.left[pair]!
    const right = pairs.right[pair]!
    for (const word of [...pairs.words(pair)].toSorted((a, b) => a - b)) {
      const end = this.#starts[word]! + this.#lengths[word]!
      for (let i = this.#starts[word]!; i + 1 < end; i++)
        if (this.#numbers[i] === left && this.#numbers[i + 1] === right) return i
    }
    return Infinity
  }
}
