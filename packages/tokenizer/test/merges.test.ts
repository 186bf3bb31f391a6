import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLongMerge } from '../src/model/sentencepiece-bpe/merge-long.ts'
import { longestShort, mergeShort } from '../src/model/sentencepiece-bpe/merge-short.ts'
import { type MergeList, PairTable } from '../src/model/sentencepiece-bpe/pair-table.ts'

/** Merges the lowest rank, of equals the leftmost, until nothing merges: as slow as it is plain. */
function mergeByDefinition(ids: readonly number[], merges: MergeList): number[] {
  const rankOfPair = new Map<string, number>()
  for (const [i, rank] of merges.rank.entries()) rankOfPair.set(`${merges.left[i]},${merges.right[i]}`, rank)
  const symbols = [...ids]
  for (;;) {
    let lowest = Infinity
    let at = -1
    for (let i = 0; i + 1 < symbols.length; i++) {
      const rank = rankOfPair.get(`${symbols[i]},${symbols[i + 1]}`) ?? Infinity
      if (rank < lowest) [lowest, at] = [rank, i]
    }
    if (at < 0) return symbols
    symbols.splice(at, 2, merges.mergedOfRank[lowest]!)
  }
}

/**
 * A vocabulary of texts of the letters a, b and c, and merges that make each of some ways to write it as two others: each a rank of
 * its own, or one rank for all that make a text. The order of the ranks knows nothing of how the parts are made.
 */
function vocabulary(
  texts: readonly string[],
  shuffle: (length: number) => readonly number[],
  isShared: boolean,
): MergeList {
  const tokens = [...new Set(['a', 'b', 'c', ...texts])]
  const ids = new Map(tokens.map((token, id) => [token, id]))
  const ways = tokens.flatMap((token, merged) =>
    Array.from(
      token.slice(1),
      (_, i) => [ids.get(token.slice(0, i + 1)), ids.get(token.slice(i + 1)), merged] as const,
    ),
  )
  const known = ways.filter(([left, right]) => left !== undefined && right !== undefined)
  const order = shuffle(isShared ? tokens.length : known.length)
  const ranks = known.map(([, , merged], i) => order[isShared ? merged : i]!)
  const mergedOfRank = new Int32Array(order.length)
  for (const [i, [, , merged]] of known.entries()) mergedOfRank[ranks[i]!] = merged
  return {
    left: Int32Array.from(known, ([left]) => left!),
    right: Int32Array.from(known, ([, right]) => right!),
    rank: Int32Array.from(ranks),
    mergedOfRank,
  }
}

const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength })

const cases = fc.record({
  texts: fc.array(text(7), { maxLength: 40 }),
  keys: fc.infiniteStream(fc.integer({ min: 0, max: 1000 })),
  isShared: fc.boolean(),
  ids: fc.array(fc.constantFrom(0, 1, 2), { maxLength: 120 }),
})

test('the two ways to merge give what merging by definition gives, whatever the order of the merges', () => {
  fc.assert(
    fc.property(cases, ({ texts, keys, isShared, ids }) => {
      const shuffle = (length: number): readonly number[] => {
        const weights = Array.from({ length }, () => keys.next().value!)
        return weights.map((_, i) => i).toSorted((a, b) => weights[a]! - weights[b]! || a - b)
      }
      const merges = vocabulary(texts, shuffle, isShared)
      const pairs = new PairTable(merges)
      const expected = mergeByDefinition(ids, merges)
      const lengths = new Int32Array(ids.length).fill(1)
      const long = Int32Array.from(ids)
      const mergeLong = createLongMerge(pairs)
      expect([...long.subarray(0, mergeLong(long, ids.length, lengths))]).toEqual(expected)
      expect(lengths.subarray(0, expected.length).reduce((sum, length) => sum + length, 0)).toBe(ids.length)
      const again = Int32Array.from(ids)
      expect([...again.subarray(0, mergeLong(again, ids.length))]).toEqual(expected)
      const few = ids.slice(0, longestShort)
      const short = Int32Array.from(few)
      expect([...short.subarray(0, mergeShort(short, few.length, pairs))]).toEqual(
        mergeByDefinition(few, merges),
      )
    }),
    { numRuns: 400 },
  )
})

test('a million symbols are merged in time that does not grow with the square', () => {
  // Every merge makes a pair of a lower rank: the longest tokens come first.
  const texts = Array.from({ length: 40 }, (_, i) => 'a'.repeat(i + 2))
  const merges = vocabulary(texts, (length) => Array.from({ length }, (_, i) => length - 1 - i), false)
  const count = 1_000_000
  const ids = new Int32Array(count)
  const left = createLongMerge(new PairTable(merges))(ids, count)
  expect(left).toBeLessThan(count / 10)
  expect([...ids.subarray(0, 10)]).toEqual(mergeByDefinition([...new Int32Array(2000)], merges).slice(0, 10))
}, 60_000)
