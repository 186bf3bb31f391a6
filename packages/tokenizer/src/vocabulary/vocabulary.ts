/**
 * A byte-level BPE vocabulary in *rank space*: token numbers in merge order.
 *
 * Ranks 0 to 255 are the single bytes; every later rank is made of two earlier ones by exactly one merge. One merge
 * is enough: inside the bytes of a token the merging proceeds as it would alone, so the last pair is always the same.
 */
export interface Vocabulary {
  /** Number of ranks, single bytes included. */
  readonly size: number
  /** Ranks whose merge comes before a merge that makes one of its parts; absent where there are none, as nearly always. */
  readonly earlyRanks?: readonly number[]
  /** The byte of each of the first 256 ranks. */
  readonly byteOfRank: Uint8Array
  /** Rank of the left part, for ranks from 256 on; below, the rank itself. */
  readonly left: Uint32Array
  /** Rank of the right part, for ranks from 256 on; below, the rank itself. */
  readonly right: Uint32Array
}

/** In a list of the ids of ranks: a byte without a token. */
export const noId = 0xffffffff

/** The bytes of every rank: those of rank r are `bytes.subarray(offsets[r], offsets[r + 1])`. */
export interface TokenBytes {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
}

/** Number of bytes of every rank. */
export function tokenLengths({ size, left, right, earlyRanks }: Vocabulary): Uint32Array<ArrayBuffer> {
  const lengths = new Uint32Array(size).fill(1, 0, 256)
  if (earlyRanks !== undefined) {
    const measure = (rank: number): number => (lengths[rank] ||= measure(left[rank]!) + measure(right[rank]!))
    for (let rank = 256; rank < size; rank++) measure(rank)
    return lengths
  }
  for (let rank = 256; rank < size; rank++) lengths[rank] = lengths[left[rank]!]! + lengths[right[rank]!]!
  return lengths
}

/** The ranks in the order of their lengths, those of a length in order. */
export function ranksByLength(lengths: Uint32Array): Uint32Array {
  let longest = 0
  for (const length of lengths) longest = Math.max(longest, length)
  const next = new Uint32Array(longest + 2)
  for (const length of lengths) next[length + 1]!++
  for (let length = 1; length <= longest; length++) next[length]! += next[length - 1]!
  const ranks = new Uint32Array(lengths.length)
  for (let rank = 0; rank < lengths.length; rank++) ranks[next[lengths[rank]!]!++] = rank
  return ranks
}

/** Spell out every rank of `vocabulary`. */
export function tokenBytes(vocabulary: Vocabulary): TokenBytes {
  const { size, left, right, byteOfRank, earlyRanks } = vocabulary
  const lengths = tokenLengths(vocabulary)
  // Parts are spelled before what is made of them.
  const order = earlyRanks === undefined ? undefined : ranksByLength(lengths)
  const offsets = new Uint32Array(size + 1)
  for (let rank = 0; rank < size; rank++) offsets[rank + 1] = offsets[rank]! + lengths[rank]!
  const bytes = new Uint8Array(offsets[size]!)
  bytes.set(byteOfRank)
  for (let i = 256; i < size; i++) {
    const rank = order === undefined ? i : order[i]!
    let to = offsets[rank]!
    const a = left[rank]!
    const b = right[rank]!
    // Most tokens are a few bytes long: a plain loop beats copyWithin.
    for (let from = offsets[a]!; from < offsets[a + 1]!; from++) bytes[to++] = bytes[from]!
    for (let from = offsets[b]!; from < offsets[b + 1]!; from++) bytes[to++] = bytes[from]!
  }
  return { bytes, offsets }
}
