/**
 * A byte-level BPE vocabulary in *rank space*: token numbers in merge order.
 *
 * Ranks 0 to 255 are the single bytes; every later rank is made of two earlier ones by exactly one merge. One merge
 * is enough: inside the bytes of a token the merging goes on as it would alone, so the last pair is always the same.
 */
export interface Vocabulary {
  /** Number of ranks, single bytes included. */
  readonly size: number
  /** The byte of each of the first 256 ranks. */
  readonly byteOfRank: Uint8Array
  /** Rank of the left part, for ranks from 256 on; below, the rank itself. */
  readonly left: Uint32Array
  /** Rank of the right part, for ranks from 256 on; below, the rank itself. */
  readonly right: Uint32Array
}

/** The bytes of every rank: those of rank r are `bytes.subarray(offsets[r], offsets[r + 1])`. */
export interface TokenBytes {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
}

/** Number of bytes of every rank. */
export function tokenLengths({ size, left, right }: Vocabulary): Uint32Array<ArrayBuffer> {
  const lengths = new Uint32Array(size).fill(1, 0, 256)
  for (let rank = 256; rank < size; rank++) lengths[rank] = lengths[left[rank]!]! + lengths[right[rank]!]!
  return lengths
}

/** Spell out every rank of `vocabulary`. */
export function tokenBytes(vocabulary: Vocabulary): TokenBytes {
  const { size, left, right, byteOfRank } = vocabulary
  const lengths = tokenLengths(vocabulary)
  const offsets = new Uint32Array(size + 1)
  for (let rank = 0; rank < size; rank++) offsets[rank + 1] = offsets[rank]! + lengths[rank]!
  const bytes = new Uint8Array(offsets[size]!)
  bytes.set(byteOfRank)
  for (let rank = 256; rank < size; rank++) {
    let to = offsets[rank]!
    const a = left[rank]!
    const b = right[rank]!
    // Most tokens are a few bytes long: a plain loop beats copyWithin.
    for (let i = offsets[a]!; i < offsets[a + 1]!; i++) bytes[to++] = bytes[i]!
    for (let i = offsets[b]!; i < offsets[b + 1]!; i++) bytes[to++] = bytes[i]!
  }
  return { bytes, offsets }
}
