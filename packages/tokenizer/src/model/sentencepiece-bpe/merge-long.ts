import type { PairTable } from './pair-table.ts'
import { PlaceList } from './place-list.ts'
import { keptWords, RankQueue } from './rank-queue.ts'

/** Merges the first `count` ids in place, adds up their lengths if given, and returns how many are left. */
export type Merge = (ids: Int32Array, count: number, lengths?: Int32Array) => number

/** A rank that is being merged, and the places that are left of it. */
interface Level {
  rank: number
  readonly places: PlaceList
}

/**
 * Makes the merging of long pieces: the lowest rank first and of equals the leftmost, as `Word::merge_all` of the `tokenizers`
 * library does, in time that grows with the length times the logarithm of how many ranks wait at once.
 *
 * All places of the lowest rank are taken out together, in the order of the text. A merge among them may make a pair of a
 * lower rank, in vocabularies where a merge stands before those that make its parts: then that rank comes first, and the
 * rest of the places waits a level below. Places of the same rank that turn up in the meantime are put in between.
 *
 * A place is stale when the symbol there is gone, or when the pair that stands there now has another rank. The library asks
 * whether the pair makes another id, which is the same: whatever was merged since made the pair's text longer.
 */
export function createLongMerge(pairs: PairTable): Merge {
  const { mergedOfRank } = pairs
  const queue = new RankQueue(mergedOfRank.length)
  const late = new PlaceList()
  /** Those in use come first; each has a lower rank than the one before. */
  const levels: Level[] = []
  let depth = 0
  /** The place of the next and of the previous symbol; a symbol that is gone is its own next one. */
  let next = new Int32Array(0)
  let previous = new Int32Array(0)

  function merge(ids: Int32Array, count: number, lengths?: Int32Array): number {
    start(ids, count)
    for (;;) {
      const lowest = queue.lowest
      const level = depth > 0 ? levels[depth - 1]! : undefined
      if (level !== undefined && (lowest < 0 || lowest >= level.rank)) {
        if (lowest === level.rank) {
          queue.takeLowest(late)
          level.places.addLate(late)
        }
        const place = level.places.take()
        if (place < 0) depth--
        else if (isThere(place, level.rank, ids, count)) {
          if (lengths !== undefined) lengths[place]! += lengths[next[place]!]!
          mergeAt(place, mergedOfRank[level.rank]!, ids, count)
        }
      } else if (lowest >= 0) {
        openLevel(lowest)
      } else {
        break
      }
    }
    let kept = 0
    for (let i = 0; i < count; i = next[i]!) {
      if (lengths !== undefined) lengths[kept] = lengths[i]!
      ids[kept++] = ids[i]!
    }
    return kept
  }

  function start(ids: Int32Array, count: number): void {
    if (next.length < count || next.length > Math.max(count, keptWords)) {
      next = new Int32Array(Math.max(count, 1024))
      previous = new Int32Array(next.length)
    }
    queue.reset()
    for (let i = 0; i < count; i++) {
      next[i] = i + 1
      previous[i] = i - 1
      if (i + 1 < count) push(i, ids[i]!, ids[i + 1]!)
    }
  }

  function openLevel(rank: number): void {
    if (depth === levels.length) levels.push({ rank, places: new PlaceList() })
    const level = levels[depth++]!
    level.rank = rank
    if (!queue.takeLowest(level.places)) level.places.sort()
  }

  function isThere(place: number, rank: number, ids: Int32Array, count: number): boolean {
    const right = next[place]!
    return right !== place && right < count && pairs.rankOf(ids[place]!, ids[right]!) === rank
  }

  function mergeAt(place: number, merged: number, ids: Int32Array, count: number): void {
    const right = next[place]!
    const after = next[right]!
    ids[place] = merged
    next[place] = after
    next[right] = right
    const before = previous[place]!
    if (before >= 0) push(before, ids[before]!, merged)
    if (after < count) {
      previous[after] = place
      push(place, merged, ids[after]!)
    }
  }

  function push(place: number, left: number, right: number): void {
    const rank = pairs.rankOf(left, right)
    if (rank >= 0) queue.push(rank, place)
  }

  return merge
}
