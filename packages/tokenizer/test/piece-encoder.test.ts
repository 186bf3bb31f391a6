import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPlainMerger } from '../src/bpe/plain-merger.ts'
import { createPieceEncoder } from '../src/bpe/piece-encoder.ts'
import { buildTables } from '../src/bpe/tables.ts'
import type { EncodingName } from '../src/encodings/definitions.ts'
import { mergeBytes } from '../src/reference/merge-bytes.ts'
import { trickyText, utf8 } from './support/texts.ts'
import { byteString, ranksOf, vocabularyOf } from './support/vocabularies.ts'

describe.each<EncodingName>(['r50k_base', 'p50k_base', 'cl100k_base', 'o200k_base'])(
  'pieces of %s',
  (name) => {
    const vocabulary = vocabularyOf(name)
    const ranks = ranksOf(vocabulary)
    const pieces = createPieceEncoder(buildTables(vocabulary))

    function encode(bytes: Uint8Array): number[] {
      const target = new Uint32Array(bytes.length)
      return [...target.subarray(0, pieces.encodePiece(bytes, 0, bytes.length, target, 0))]
    }
    function expected(bytes: Uint8Array): number[] {
      return mergeBytes(byteString(bytes), ranks).map((token) => ranks.get(token)!)
    }

    test('any text, taken as one piece, becomes the tokens that merging by rank gives', () => {
      fc.assert(
        fc.property(trickyText, (text) => {
          fc.pre(text.length > 0)
          expect(encode(utf8(text))).toEqual(expected(utf8(text)))
        }),
        { numRuns: 1500 },
      )
    })

    test('any bytes, and letters in any order, become the tokens that merging by rank gives', () => {
      const letters = fc.array(fc.constantFrom(...utf8('aeinorst hl')), { minLength: 1, maxLength: 60 })
      const bytes = fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        letters.map((list) => Uint8Array.from(list)),
      )
      fc.assert(
        fc.property(bytes, (piece) => {
          expect(encode(piece)).toEqual(expected(piece))
        }),
        { numRuns: 3000 },
      )
    })

    test('pieces that repeat themselves over thousands of bytes become the tokens that merging in order gives', () => {
      const tables = buildTables(vocabulary)
      const plain = createPlainMerger(vocabulary, tables.merges)
      const some = fc.array(fc.constantFrom(...utf8('-=*.#_aA01 \n\0é')), { maxLength: 4 })
      const unit = fc.array(fc.constantFrom(...utf8('-=*.#_aA01 \n\0é')), { minLength: 1, maxLength: 5 })
      const run = fc.tuple(some, unit, fc.integer({ min: 1, max: 1500 }), some)
      fc.assert(
        fc.property(fc.array(run, { minLength: 1, maxLength: 3 }), (runs) => {
          const piece = Uint8Array.from(
            runs.flatMap(([before, bytes, count, after]) => [
              ...before,
              ...Array.from({ length: count }, () => bytes).flat(),
              ...after,
            ]),
          )
          const target = new Uint32Array(piece.length)
          const end = plain.encodePiece(piece, 0, piece.length, target, 0)
          expect(encode(piece)).toEqual([...target.subarray(0, end)])
        }),
        { numRuns: 150 },
      )
    })

    test('every token is encoded as itself', () => {
      const tables = buildTables(vocabulary)
      const target = new Uint32Array(1024)
      const wrong: number[] = []
      for (let rank = 0; rank < vocabulary.size; rank++) {
        const end = pieces.encodePiece(
          tables.bytes,
          tables.offsets[rank]!,
          tables.offsets[rank + 1]!,
          target,
          0,
        )
        if (end !== 1 || target[0] !== rank) wrong.push(rank)
      }
      expect(wrong).toEqual([])
    })
  },
)
