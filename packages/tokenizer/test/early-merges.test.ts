import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createByteLevelPieces } from '../src/bpe/byte-level-model.ts'
import { plainPartOf } from '../src/bpe/routed-encoder.ts'
import { readByteLevelModel } from '../src/model/byte-level/read-byte-level.ts'
import { charOfByte } from '../src/unicode/byte-alphabet.ts'
import { utf8 } from './support/texts.ts'

/** BPE as tokenizers defines it: the pair that stands first in the list, the leftmost of several, until there is none. */
function mergeByDefinition(piece: string, merges: readonly (readonly [string, string])[]): string[] {
  const parts = piece.split('')
  for (;;) {
    let best = Infinity
    let place = -1
    for (let i = 0; i + 1 < parts.length; i++) {
      const merge = merges.findIndex(([left, right]) => left === parts[i] && right === parts[i + 1])
      if (merge >= 0 && merge < best) {
        best = merge
        place = i
      }
    }
    if (place < 0) return parts
    parts.splice(place, 2, parts[place]! + parts[place + 1]!)
  }
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 })
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 40 })

test('merges in any order give what merging one by one gives', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(word, word), { selector: (pair) => pair.join(' '), maxLength: 25 }),
      text,
      (pairs, piece) => {
        const tokens = new Set([
          ...charOfByte,
          ...pairs.flatMap(([left, right]) => [left, right, left + right]),
        ])
        const vocab = Object.fromEntries(Array.from(tokens, (token, id) => [token, id]))
        const { model } = readByteLevelModel({ vocab, merges: pairs })
        const expected = mergeByDefinition(piece, pairs).map((token) => vocab[token])
        const bytes = utf8(piece)
        const target = new Uint32Array(bytes.length)
        const encode = (encoder: ReturnType<typeof createByteLevelPieces>): number[] => [
          ...target.subarray(0, encoder.encodePiece(bytes, 0, bytes.length, target, 0)),
        ]
        expect(encode(createByteLevelPieces(model, 0))).toEqual(expected)
        const plain = plainPartOf(model)
        if (!plain.holdsOthers(bytes, 0, bytes.length))
          expect(encode(createByteLevelPieces(plain.model, 0))).toEqual(expected)
      },
    ),
    { numRuns: 500 },
  )
})
