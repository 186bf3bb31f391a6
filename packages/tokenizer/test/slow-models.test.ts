import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSentencePieceBpe } from '../src/model/sentencepiece-bpe/sentencepiece-bpe.ts'
import { createUnigram } from '../src/model/unigram/unigram.ts'
import { createWordPiece } from '../src/model/wordpiece/wordpiece.ts'
import type { TokenModel } from '../src/model/token-model.ts'
import { bestPath } from '../src/reference/best-path.ts'
import { longestFirst } from '../src/reference/longest-first.ts'
import { mergeWord } from '../src/reference/merge-word.ts'

const utf8 = new TextEncoder()
/** Characters of one, two and four bytes; few, so that texts have many ways to be written. The last ones are in no token. */
const characters = ['a', 'é', '😀', 'a', 'é', 'a', 'è', '😁'] as const
const known = fc.constantFrom('a', 'é', '😀')
const word = fc
  .array(fc.constantFrom(...characters), { minLength: 1, maxLength: 24 })
  .map((all) => all.join(''))
const token = fc.array(known, { minLength: 1, maxLength: 5 }).map((all) => all.join(''))

function encode(model: TokenModel, text: string): number[] {
  const bytes = utf8.encode(text)
  const target = new Uint32Array(bytes.length)
  return [...target.subarray(0, model.encodePiece(bytes, 0, bytes.length, target, 0))]
}

test('Unigram gives the tokens that the definition gives, ties included', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(token, { minLength: 1, maxLength: 30 }),
      // Few different scores, so that many ways have one sum; thirds and tenths round on the way.
      fc.array(fc.constantFrom(-1, -2, -1 / 3, -0.1, -0.7, -3.3), { minLength: 30, maxLength: 30 }),
      fc.array(word, { minLength: 1, maxLength: 20 }),
      (tokens, scores, words) => {
        const scoreOf = new Map(tokens.map((text, i) => [text, scores[i]!]))
        const unknownScore = Math.min(...scoreOf.values()) - 10
        const model = createUnigram({
          tokens: tokens.map((text, id) => [text, id, scoreOf.get(text)!] as const),
          ...{ unkId: tokens.length, unknownScore, looksUpRuns: false, precision: 'double' },
          ...{ idOfByte: new Int32Array(256).fill(-1), cacheBytes: 1 << 12 },
        })
        for (const text of [...words, ...words]) {
          const expected = bestPath(text, { scores: scoreOf, unknownScore }).map((found) =>
            found === undefined ? tokens.length : tokens.indexOf(found),
          )
          expect(encode(model, text)).toEqual(expected)
        }
      },
    ),
    { numRuns: 400 },
  )
})

test('WordPiece gives the tokens that the definition gives', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.tuple(fc.boolean(), token).map(([continues, text]) => (continues ? `##${text}` : text)),
        { minLength: 1, maxLength: 30 },
      ),
      fc.array(word, { minLength: 1, maxLength: 20 }),
      (tokens, words) => {
        const model = createWordPiece({
          ids: new Map(tokens.map((text, id) => [text, id])),
          ...{ unkId: tokens.length, continuingPrefix: '##', longestWord: 100, cacheBytes: 1 << 12 },
        })
        for (const text of [...words, ...words]) {
          const expected = longestFirst(text, new Set(tokens), '##')?.map((found) => tokens.indexOf(found))
          expect(encode(model, text)).toEqual(expected ?? [tokens.length])
        }
      },
    ),
    { numRuns: 400 },
  )
})

test.each([
  { continuingPrefix: '', endSuffix: '</w>' },
  { continuingPrefix: '##', endSuffix: '' },
  { continuingPrefix: 'é', endSuffix: '😀' },
])(
  'BPE of words with $continuingPrefix and $endSuffix gives the tokens that the definition gives',
  (affixes) => {
    const { continuingPrefix, endSuffix } = affixes
    const symbols = ['a', 'é', '😀'].flatMap((char) =>
      ['', continuingPrefix].flatMap((before) => ['', endSuffix].map((after) => before + char + after)),
    )
    const pair = fc.tuple(fc.nat(1000), fc.nat(1000))
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...symbols), { minLength: 1, maxLength: symbols.length }),
        // Each pair is of tokens that are there, one made by a pair before it among them.
        fc.array(pair, { minLength: 1, maxLength: 40 }),
        fc.array(word, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (first, pairs, words, shuffles, numbers) => {
          const tokens = [...new Set(first)]
          const merges: [string, string][] = []
          for (const [left, right] of pairs) {
            const [a, b] = [tokens[left % tokens.length]!, tokens[right % tokens.length]!]
            if (!b.startsWith(continuingPrefix) || merges.some(([x, y]) => x === a && y === b)) continue
            merges.push([a, b])
            const made = a + b.slice(continuingPrefix.length)
            if (!tokens.includes(made)) tokens.push(made)
          }
          // A merge may then stand before those that make its parts.
          if (shuffles) merges.sort(() => (numbers.next().value! % 2) - 0.5)
          const idOf = (name: string): number => tokens.indexOf(name)
          const model = createSentencePieceBpe({
            ids: new Map(tokens.map((text, id) => [text, id])),
            merges: {
              left: Int32Array.from(merges, ([left]) => idOf(left)),
              right: Int32Array.from(merges, ([, right]) => idOf(right)),
              rank: Int32Array.from(merges, (_, rank) => rank),
              mergedOfRank: Int32Array.from(merges, ([a, b]) => idOf(a + b.slice(continuingPrefix.length))),
            },
            ...{ unkId: tokens.length, fuseUnk: false, byteFallback: false, ignoreMerges: false },
            ...{ affixes, cacheBytes: 1 << 12 },
          })
          for (const text of [...words, ...words]) {
            const found = mergeWord(text, { ...affixes, merges, tokens: new Set(tokens) })
            expect(encode(model, text)).toEqual(
              found.map((name) => (name === undefined ? tokens.length : idOf(name))),
            )
          }
        },
      ),
      { numRuns: 400 },
    )
  },
)
