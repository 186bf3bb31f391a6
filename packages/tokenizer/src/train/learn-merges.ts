import type { PieceCounts } from './count-pieces.ts'
import { type PairCount, PairQueue } from './pair-queue.ts'

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

interface Pair extends PairCount {
  /** Words that held the pair at some time, with repeats. */
  readonly words: number[]
}

/**
 * Byte-pair encoding's training: merge the most frequent pair of neighbours everywhere, again and again. Only the words
 * that hold the pair are looked at, and a queue with late updates finds the next pair.
 */
export function learnMerges(counts: PieceCounts, options: LearnOptions): Merge[] {
  const { mergeCount, minFrequency, ties, numberOfByte, firstMerge } = options
  const frequencies = [...counts.values()]
  const words = Array.from(counts.keys(), (piece) =>
    Array.from({ length: piece.length }, (_, i) => numberOfByte(piece.charCodeAt(i))),
  )
  const pairs = new Map<number, Pair>()
  const touched = new Set<Pair>()

  function change(word: number, left: number, right: number, by: number): void {
    const key = left * 0x1000000 + right
    let pair = pairs.get(key)
    if (pair === undefined) pairs.set(key, (pair = { left, right, count: 0, words: [] }))
    pair.count += by
    if (by > 0 && pair.words.at(-1) !== word) pair.words.push(word)
    touched.add(pair)
  }
  function changeAll(word: number, sign: 1 | -1): void {
    const numbers = words[word]!
    for (let i = 0; i + 1 < numbers.length; i++)
      change(word, numbers[i]!, numbers[i + 1]!, sign * frequencies[word]!)
  }

  const place = (pair: Pair): number => firstPlace(pair, words)
  const isBefore =
    ties === 'lowest'
      ? (a: PairCount, b: PairCount) => (a.left === b.left ? a.right < b.right : a.left < b.left)
      : () => false
  const queue = new PairQueue(isBefore)
  for (let word = 0; word < words.length; word++) changeAll(word, 1)
  for (const pair of touched) queue.push(pair)
  touched.clear()

  const merges: Merge[] = []
  while (merges.length < mergeCount) {
    const best = ties === 'lowest' ? queue.pop() : popFirst(queue, place as (pair: PairCount) => number)
    if (best === undefined || best.count < Math.max(1, minFrequency)) break
    const { left, right } = best
    const made = firstMerge + merges.length
    merges.push([left, right])
    for (const word of new Set((best as Pair).words)) {
      changeAll(word, -1)
      words[word] = replacePair(words[word]!, left, right, made)
      changeAll(word, 1)
    }
    best.count = 0
    for (const pair of touched) if (pair.count > 0) queue.push(pair)
    touched.clear()
  }
  return merges
}

function replacePair(numbers: readonly number[], left: number, right: number, made: number): number[] {
  const replaced: number[] = []
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] === left && numbers[i + 1] === right) {
      replaced.push(made)
      i++
    } else {
      replaced.push(numbers[i]!)
    }
  }
  return replaced
}

/** Of the pairs with the highest count, take out the one that comes first in the corpus. */
function popFirst(queue: PairQueue, place: (pair: PairCount) => number): PairCount | undefined {
  const best = queue.pop()
  if (best === undefined) return undefined
  const equals = [best]
  const seen = new Set(equals)
  let other = queue.pop()
  while (other !== undefined && other.count === best.count) {
    if (!seen.has(other)) equals.push(other)
    seen.add(other)
    other = queue.pop()
  }
  if (other !== undefined) queue.push(other)
  let first = best
  let firstAt = place(best)
  for (const pair of equals) {
    const at = place(pair)
    if (at < firstAt) [first, firstAt] = [pair, at]
  }
  for (const pair of equals) if (pair !== first) queue.push(pair)
  return first
}

/** A number that orders pairs by their first place in the corpus. */
function firstPlace(pair: Pair, words: readonly (readonly number[])[]): number {
  for (const word of pair.words.toSorted((a, b) => a - b)) {
    const numbers = words[word]!
    for (let i = 0; i + 1 < numbers.length; i++) {
      if (numbers[i] === pair.left && numbers[i + 1] === pair.right) return word * 8192 + i
    }
  }
  return Infinity
}
