import { MinHeap } from '../min-heap.ts'
import type { Vocabulary } from '../vocabulary/vocabulary.ts'
import type { MergeTable } from './merge-table.ts'
import type { PieceEncoder } from './piece-encoder.ts'

/** A pair in the queue is `rank * positions + position`: the lowest rank comes first, the leftmost of several. */
const positions = 2 ** 32

/**
 * BPE as it is defined: while two neighbours make a token, joins the pair of the lowest rank, the leftmost of several. A queue keeps it at
 * n log n. Right for every vocabulary, also for those whose merges come before the merges that make their parts.
 */
export function createPlainMerger({ byteOfRank, left, right }: Vocabulary, merges: MergeTable): PieceEncoder {
  const rankOfByte = new Uint32Array(256)
  for (let rank = 0; rank < 256; rank++) rankOfByte[byteOfRank[rank]!] = rank
  const queue = new MinHeap()
  let ranks = new Int32Array(256)
  let next = new Int32Array(256)
  let previous = new Int32Array(256)

  function offer(at: number): void {
    const after = next[at]!
    if (after < 0) return
    const merged = merges.find(ranks[at]!, ranks[after]!)
    if (merged >= 0) queue.push(merged * positions + at)
  }

  return {
    encodePiece(bytes, start, end, target, at) {
      const length = end - start
      if (length > ranks.length) {
        ranks = new Int32Array(2 * length)
        next = new Int32Array(2 * length)
        previous = new Int32Array(2 * length)
      }
      for (let i = 0; i < length; i++) {
        ranks[i] = rankOfByte[bytes[start + i]!]!
        next[i] = i + 1 < length ? i + 1 : -1
        previous[i] = i - 1
      }
      for (let i = 0; i + 1 < length; i++) offer(i)
      for (let pair = queue.pop(); pair >= 0; pair = queue.pop()) {
        const merged = Math.floor(pair / positions)
        const place = pair % positions
        const after = next[place]!
        // A pair whose parts were joined to others since is passed over.
        if (ranks[place] !== left[merged] || after < 0 || ranks[after] !== right[merged]) continue
        ranks[place] = merged
        ranks[after] = -1
        const beyond = next[after]!
        next[place] = beyond
        if (beyond >= 0) previous[beyond] = place
        offer(place)
        if (previous[place]! >= 0) offer(previous[place]!)
      }
      for (let i = 0; i >= 0; i = next[i]!) target[at++] = ranks[i]!
      return at
    },
  }
}
