import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { modelFamilies } from '../src/model/model-families.ts'
import type { ReadTokenModel } from '../src/model/token-model.ts'

interface Fixture {
  readonly reference: string
  readonly model: Record<string, unknown>
  readonly pieces: readonly string[]
  readonly ids: readonly (readonly number[])[]
  readonly ends: readonly (readonly number[])[]
}

const folder = new URL('fixtures/models/', import.meta.url)
const utf8 = new TextEncoder()

function read(model: Record<string, unknown>): ReadTokenModel {
  return modelFamilies.find(({ matches }) => matches(model))!.read(model)
}

for (const file of readdirSync(folder).toSorted()) {
  const fixture = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as Fixture
  describe(`${file}, by ${fixture.reference}`, () => {
    const { model, tokens } = read(fixture.model)
    const byteIds = new Set(tokens.filter(([token]) => /^<0x[0-9A-F]{2}>$/.test(token)).map(([, id]) => id))

    test('every piece has the ids of the reference, remembered or not, wherever it lies in memory', () => {
      for (const [i, piece] of fixture.pieces.entries()) {
        const bytes = utf8.encode(piece)
        for (const before of [0, 0, 7]) {
          const memory = new Uint8Array(before + bytes.length + 5 * before).fill(0x61)
          memory.set(bytes, before)
          const target = new Uint32Array(3 + bytes.length)
          const end = model.encodePiece(memory, before, before + bytes.length, target, 3)
          expect([...target.subarray(3, end)], JSON.stringify(piece)).toEqual(fixture.ids[i])
        }
      }
    })

    test('tokens end where those of the reference end; byte tokens of an unknown run at their bytes', () => {
      for (const [i, piece] of fixture.pieces.entries()) {
        const bytes = utf8.encode(piece)
        const target = new Uint32Array(bytes.length)
        const ends = new Uint32Array(bytes.length)
        const count = model.locatePiece!(bytes, 0, bytes.length, { ids: target, ends }, 0)
        expect([...target.subarray(0, count)], JSON.stringify(piece)).toEqual(fixture.ids[i])
        const wanted = fixture.ends[i]!.map((end, k) =>
          byteIds.has(target[k]!) && end === fixture.ends[i]![k + 1] ? ends[k] : end,
        )
        expect([...ends.subarray(0, count)], JSON.stringify(piece)).toEqual(wanted)
      }
    })

    const { canCut } = model
    test('only BPE says where a piece can be cut, and not where a whole piece may be a token', () => {
      expect(canCut === undefined).toBe(!file.startsWith('bpe-') || file.startsWith('bpe-ignore'))
    })
    if (canCut === undefined) return
    test('the parts of a piece, cut wherever it can be cut, have its ids', () => {
      let cuts = 0
      for (const [i, piece] of fixture.pieces.entries()) {
        const bytes = utf8.encode(piece)
        const target = new Uint32Array(bytes.length)
        let out = 0
        let from = 0
        for (let offset = 1; offset < bytes.length; offset++) {
          if ((bytes[offset]! & 0xc0) === 0x80 || !canCut(bytes, offset)) continue
          out = model.encodePiece(bytes, from, offset, target, out)
          from = offset
          cuts++
        }
        out = model.encodePiece(bytes, from, bytes.length, target, out)
        expect([...target.subarray(0, out)], JSON.stringify(piece)).toEqual(fixture.ids[i])
      }
      // Where characters can be left out, their neighbours meet: nothing is cut.
      expect(cuts > 0).toBe(file !== 'bpe-left-out.json.gz')
    })
  })
}
