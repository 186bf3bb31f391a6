/** Ranks have 20 bits in a slot; the other 12 hold a tag. */
export const rankMask = 0xfffff

/** A hash of two ranks: its high bits give the slot to look at first, its low bits the tag. */
function mergeHash(left: number, right: number): number {
  const mixed = Math.imul(left, 0x85ebca6b) ^ Math.imul(right, 0xc2b2ae35)
  return Math.imul(mixed ^ (mixed >>> 15), 0x9e3779b1)
}

/** The logarithm of the number of slots for `capacity` ranks. */
function mergeTableBits(capacity: number): number {
  return 33 - Math.clz32(Math.max(capacity, 1 << 10))
}

/** Merges in rank order: two earlier ranks make the next one. Open addressing, at most half full. */
export class MergeTable {
  /** Number of ranks so far. */
  size = 256
  readonly left: Uint32Array<ArrayBuffer>
  readonly right: Uint32Array<ArrayBuffer>
  /** The rank made, and the tag of the pair in the high bits; -1 when free. Where tags agree, `left` and `right` decide. */
  readonly slots: Int32Array<ArrayBuffer>
  /** 32 less the logarithm of the number of slots. */
  readonly shift: number

  /** @param capacity the most ranks, single bytes included */
  constructor(capacity: number) {
    this.left = new Uint32Array(capacity)
    this.right = new Uint32Array(capacity)
    for (let rank = 0; rank < 256; rank++) this.left[rank] = this.right[rank] = rank
    const bits = mergeTableBits(capacity)
    this.slots = new Int32Array(1 << bits).fill(-1)
    this.shift = 32 - bits
  }

  /** Make the next rank of two earlier ones. */
  add(left: number, right: number): number {
    const mask = this.slots.length - 1
    const hash = mergeHash(left, right)
    let slot = hash >>> this.shift
    while (this.slots[slot] !== -1) slot = (slot + 1) & mask
    const rank = this.size++
    this.slots[slot] = rank | (hash << 20)
    this.left[rank] = left
    this.right[rank] = right
    return rank
  }

  /** The rank that two ranks make, or -1. */
  find(a: number, b: number): number {
    const { slots, left, right } = this
    const mask = slots.length - 1
    const hash = mergeHash(a, b)
    let slot = hash >>> this.shift
    for (;;) {
      const entry = slots[slot]!
      if (entry === -1) return -1
      if (((entry ^ (hash << 20)) & ~rankMask) === 0) {
        const rank = entry & rankMask
        if (left[rank] === a && right[rank] === b) return rank
      }
      slot = (slot + 1) & mask
    }
  }

  /**
   * Whether merging the bytes of both, by the merges so far, ends with exactly these two tokens: undo merges on either side
   * of the edge, the latest first, and see if another pair across it would have been joined before.
   * (`is_valid_token_pair` of the `bpe` crate of GitHub's rust-gems.)
   */
  isValidPair(a: number, b: number): boolean {
    const { left, right } = this
    let limit = 0x7fffffff
    for (;;) {
      const merged = this.find(a, b)
      if (merged >= 0 && merged < limit) return false
      if (a > b) {
        limit = a
        a = right[a]!
        if (a === limit) {
          limit = b + 1
          b = left[b]!
          if (b + 1 === limit) return true
        }
      } else {
        limit = b + 1
        b = left[b]!
        if (b + 1 === limit) {
          limit = a
          a = right[a]!
          if (a === limit) return true
        }
      }
    }
  }
}
