import type { PieceCounts } from './count-pieces.ts'
import { PairQueue } from './pair-queue.ts'
import { PairStore } from './pair-store.ts'
import { Words } from './words.ts'

/** One merge: two token numbers that become the next one. */
export type Merge = readonly [left: number, right: number]

/** What to learn. */
export interface LearnOptions {
  readonly mergeCount: number
  /** Pairs that come less often are not merged. */
  readonly minFrequency: number
  /** Which of several pairs of the same count is merged: that of the lowest numbers, or the first in the corpus. */
  readonly ties: 'lowest' | 'first'
  /** The number of each byte; merges are numbered from `firstMerge` on. */
  readonly numberOfByte: (byte: number) => number
  readonly firstMerge: number
}

/**
 * Byte-pair encoding's training: merge the most frequent pair of neighbours everywhere, again and again. Only the words
 * that hold the pair are looked at, and a queue with late updates finds the next pair.
 */
export function learnMerges(pieces: PieceCounts, options: LearnOptions): Merge[] {
  const { mergeCount, ties, numberOfByte, firstMerge } = options
  const leastCount = Math.max(1, options.minFrequency)
  const words = new Words(pieces, numberOfByte)
  const pairs = new PairStore()
  const queue = new PairQueue({
    countOf: (pair) => pairs.counts[pair]!,
    isBefore:
      ties === 'lowest'
        ? (a, b) =>
            pairs.left[a] === pairs.left[b]
              ? pairs.right[a]! < pairs.right[b]!
              : pairs.left[a]! < pairs.left[b]!
        : () => false,
  })
  words.countPairs(pairs)
  for (let pair = 0; pair < pairs.size; pair++) if (pairs.counts[pair]! >= leastCount) queue.push(pair)

  const merges: Merge[] = []
  const raised = new Set<number>()
  while (merges.length < mergeCount) {
    const best = ties === 'lowest' ? queue.pop() : popFirst(queue, pairs, words)
    if (best < 0 || pairs.counts[best]! < leastCount) break
    const merge = { left: pairs.left[best]!, right: pairs.right[best]!, made: firstMerge + merges.length }
    merges.push([merge.left, merge.right])
    for (const word of pairs.takeWords(best)) words.merge(word, merge, pairs, raised)
    pairs.counts[best] = 0
    for (const pair of raised) if (pairs.counts[pair]! >= leastCount) queue.push(pair)
    raised.clear()
  }
  return merges
}

/** Of the pairs with the highest count, takes out the one that comes first in the corpus; -1 when none is left. */
function popFirst(queue: PairQueue, pairs: PairStore, words: Words): number {
  const best = queue.pop()
  if (best < 0) return -1
  const equals = new Set([best])
  let other = queue.pop()
  while (other >= 0 && pairs.counts[other] === pairs.counts[best]) {
    equals.add(other)
    other = queue.pop()
  }
  if (other >= 0) queue.push(other)
  let first = best
  let firstAt = words.firstPlace(best, pairs)
  for (const pair of equals) {
    const at = words.firstPlace(pair, pairs)
    if (at < firstAt) [first, firstAt] = [pair, at]
  }
  for (const pair of equals) if (pair !== first) queue.push(pair)
  return first
}
