import { expect, test } from 'vitest'
import { seededRandom } from '@sluice/testing'
import { loadTokenizerJson } from '../src/index.ts'
import { byteLevelBpeJson } from '../src/tokenizer-json/byte-level-bpe-json.ts'
import { charOfByte } from '../src/unicode/byte-alphabet.ts'
import { patterns } from '../src/encodings/patterns.ts'

/** Characters of one to four bytes that share first bytes, last bytes and both halves. */
const letters = ['a', 'а', 'р', 'с', 'é', 'の', 'ま', '中', '丸', '\u{10400}']

/** Texts of up to `most` of the letters, a space before them or not. */
function words(chosen: readonly string[], most: number): string[] {
  let longest = ['']
  const all: string[] = []
  for (let length = 1; length <= most; length++) {
    longest = longest.flatMap((word) => chosen.map((letter) => word + letter))
    all.push(...longest)
  }
  return all.flatMap((word) => [word, ` ${word}`])
}

const inAlphabet = (text: string): string[] => Array.from(Buffer.from(text), (byte) => charOfByte[byte]!)

type Merge = readonly [left: string, right: string]

/** Merges of tokens that stand side by side in texts of the letters: some again, some that make a token that is there already. */
function randomMerges(next: () => number, chosen: readonly string[], count: number): Merge[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const merges: Merge[] = []
  const tokens = new Set<string>(charOfByte)
  while (merges.length < count) {
    const text = inAlphabet(Array.from({ length: 4 }, () => pick([' ', ...chosen])).join('')).join('')
    const start = Math.floor(next() * (text.length - 1))
    const middle = start + 1 + Math.floor(next() * Math.min(3, text.length - start - 1))
    const end = middle + 1 + Math.floor(next() * Math.min(3, text.length - middle))
    const merge = [text.slice(start, middle), text.slice(middle, end)] as const
    if (merge[1] === '' || !merge.every((part) => tokens.has(part))) continue
    merges.push(merge)
    tokens.add(merge.join(''))
  }
  return merges
}

/** The definition: the first merge of the list that any two neighbours make, at its leftmost place. */
function mergeByDefinition(text: string, order: ReadonlyMap<string, number>): string[] {
  const parts = inAlphabet(text)
  for (;;) {
    let best = -1
    let bestOrder = Infinity
    for (let i = 0; i + 1 < parts.length; i++) {
      const found = order.get(`${parts[i]!} ${parts[i + 1]!}`) ?? Infinity
      if (found < bestOrder) [best, bestOrder] = [i, found]
    }
    if (best < 0) return parts
    parts.splice(best, 2, parts[best]! + parts[best + 1]!)
  }
}

test('pieces that begin with whole characters are merged as by definition, whatever the merges around them', async () => {
  const next = seededRandom(16)
  const wrong: { round: number; word: string; expected: number[]; got: number[] }[] = []
  for (let round = 0; round < 60; round++) {
    const chosen = letters.toSorted(() => next() - 0.5).slice(0, 5)
    const merges = randomMerges(next, chosen, 6 + Math.floor(next() * 40))
    const order = new Map<string, number>()
    for (const [i, merge] of merges.entries()) {
      const pair = merge.join(' ')
      if (!order.has(pair)) order.set(pair, i)
    }
    const ids = new Map<string, number>(charOfByte.map((char, byte) => [char, byte]))
    for (const merge of merges) if (!ids.has(merge.join(''))) ids.set(merge.join(''), ids.size)
    const json = byteLevelBpeJson({
      pattern: patterns.cl100k,
      specialTokens: [],
      vocab: ids,
      merges: Array.from(order.keys(), (pair) => pair.split(' ') as [string, string]),
    })
    const encoding = await loadTokenizerJson(JSON.stringify(json), {
      implementation: 'wasm',
      cacheBytes: 512,
    })
    const long = Array.from({ length: 200 }, () =>
      Array.from({ length: 6 + Math.floor(next() * 20) }, () => chosen[Math.floor(next() * 5)]!).join(''),
    )
    for (const word of [...words(chosen, 4), ...long]) {
      const expected = mergeByDefinition(word, order).map((token) => ids.get(token)!)
      const got = Array.from(encoding.encodeOrdinary(word))
      if (got.join() !== expected.join()) wrong.push({ round, word, expected, got })
    }
  }
  expect(wrong).toEqual([])
})
