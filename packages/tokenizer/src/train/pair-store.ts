import { grown } from './count-pieces.ts'

/** The pairs of neighbours of a corpus: how often each comes, and in which words. A pair is a number. */
export class PairStore {
  size = 0
  left = new Int32Array(1 << 14)
  right = new Int32Array(1 << 14)
  counts = new Float64Array(1 << 14)
  /** The last entry of each pair's list of words, or -1. */
  #lists = new Int32Array(1 << 14).fill(-1)
  /** Two numbers an entry: the word, and the entry before it. */
  #entries = new Int32Array(1 << 16)
  #used = 0
  #free = -1
  /** The pair of each slot, or -1; at most half full. */
  #slots = new Int32Array(1 << 15).fill(-1)

  /** Adds to the count of a pair, and adds the word where it is new. Returns the pair. */
  change(word: number, left: number, right: number, by: number): number {
    const pair = this.#pairOf(left, right)
    this.counts[pair]! += by
    if (by > 0) this.#addWord(pair, word)
    return pair
  }

  /** Takes out the list of a pair's words, in no order and with repeats. */
  takeWords(pair: number): number[] {
    const words: number[] = []
    for (let entry = this.#lists[pair]!; entry >= 0;) {
      words.push(this.#entries[entry]!)
      const before = this.#entries[entry + 1]!
      this.#entries[entry + 1] = this.#free
      this.#free = entry
      entry = before
    }
    this.#lists[pair] = -1
    return words
  }

  /** The words in which a pair came at some time, in no order and with repeats. */
  *words(pair: number): Generator<number, void, undefined> {
    for (let entry = this.#lists[pair]!; entry >= 0; entry = this.#entries[entry + 1]!)
      yield this.#entries[entry]!
  }

  #addWord(pair: number, word: number): void {
    const last = this.#lists[pair]!
    if (last >= 0 && this.#entries[last] === word) return
    let entry = this.#free
    if (entry >= 0) {
      this.#free = this.#entries[entry + 1]!
    } else {
      entry = this.#used
      this.#used += 2
      if (this.#used > this.#entries.length) this.#entries = grown(this.#entries, 2 * this.#entries.length)
    }
    this.#entries[entry] = word
    this.#entries[entry + 1] = last
    this.#lists[pair] = entry
  }

  #pairOf(left: number, right: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashOfPair(left, right) & mask
    for (; slots[slot] !== -1; slot = (slot + 1) & mask) {
      const pair = slots[slot]!
      if (this.left[pair] === left && this.right[pair] === right) return pair
    }
    const pair = this.size++
    slots[slot] = pair
    if (pair === this.left.length) this.#growPairs()
    this.left[pair] = left
    this.right[pair] = right
    if (2 * this.size > slots.length) this.#growSlots()
    return pair
  }

  #growPairs(): void {
    const length = 2 * this.left.length
    this.left = grown(this.left, length)
    this.right = grown(this.right, length)
    this.counts = grown(this.counts, length)
    const lists = new Int32Array(length).fill(-1)
    lists.set(this.#lists)
    this.#lists = lists
  }

  #growSlots(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(-1)
    const mask = slots.length - 1
    for (let pair = 0; pair < this.size; pair++) {
      let slot = hashOfPair(this.left[pair]!, this.right[pair]!) & mask
      while (slots[slot] !== -1) slot = (slot + 1) & mask
      slots[slot] = pair
    }
    this.#slots = slots
  }
}

function hashOfPair(left: number, right: number): number {
  const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)
  const hash = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
