/** Merges: the ids of two neighbours, and the rank that says when they are merged and what they become. */
export interface MergeList {
  readonly left: Int32Array
  readonly right: Int32Array
  readonly rank: Int32Array
  /** The id that the merges of each rank make. */
  readonly mergedOfRank: Int32Array
}

/** Looks up merges by the ids of two neighbours. Of a pair that is listed twice, the later one counts. */
export class PairTable {
  readonly mergedOfRank: Int32Array
  /** Four words a slot: left, right, rank, and one unused; left is -1 when the slot is free. At most half full. */
  readonly #slots: Int32Array
  /** 32 less the logarithm of the number of slots. */
  readonly #shift: number

  constructor({ left, right, rank, mergedOfRank }: MergeList) {
    const bits = 33 - Math.clz32(Math.max(left.length, 512))
    this.#shift = 32 - bits
    this.#slots = new Int32Array(4 << bits).fill(-1)
    this.mergedOfRank = mergedOfRank
    for (let i = 0; i < left.length; i++) {
      const at = this.#slotOf(left[i]!, right[i]!)
      this.#slots[at] = left[i]!
      this.#slots[at + 1] = right[i]!
      this.#slots[at + 2] = rank[i]!
    }
  }

  /** The rank of the merge of two neighbours, or -1 when they do not merge. */
  rankOf(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right) + 2]!
  }

  /** Where the pair is in `#slots`, or the free place where it would be. */
  #slotOf(left: number, right: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)
    let at = (Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> this.#shift) << 2
    while (slots[at] !== -1 && (slots[at] !== left || slots[at + 1] !== right)) at = (at + 4) & mask
    return at
  }
}
