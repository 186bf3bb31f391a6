import type { PairTable } from './pair-table.ts'

/** Pieces of more symbols are merged by {@link mergeLong}: here the work grows with the square of the number. */
export const longestShort = 48

const noRank = 0x7fffffff
const ranks = new Int32Array(longestShort + 1)

/**
 * Merges the first `count` ids in place, the lowest rank first and of equals the leftmost, and returns how many are left.
 */
export function mergeShort(ids: Int32Array, count: number, pairs: PairTable): number {
  const { mergedOfRank } = pairs
  let last = count - 1
  for (let i = 0; i < last; i++) ranks[i] = rankOrNone(pairs, ids[i]!, ids[i + 1]!)
  for (;;) {
    let lowest = noRank
    let at = -1
    for (let i = 0; i < last; i++) {
      if (ranks[i]! < lowest) {
        lowest = ranks[i]!
        at = i
      }
    }
    if (at < 0) return last + 1
    ids[at] = mergedOfRank[lowest]!
    last--
    for (let i = at + 1; i <= last; i++) {
      ids[i] = ids[i + 1]!
      ranks[i] = ranks[i + 1]!
    }
    if (at > 0) ranks[at - 1] = rankOrNone(pairs, ids[at - 1]!, ids[at]!)
    if (at < last) ranks[at] = rankOrNone(pairs, ids[at]!, ids[at + 1]!)
  }
}

function rankOrNone(pairs: PairTable, left: number, right: number): number {
  const rank = pairs.rankOf(left, right)
  return rank < 0 ? noRank : rank
}
