import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodingNames, getEncoding } from '../src/index.ts'
import { seededRandom } from '@sluice/testing'
import { longTrickyText, plainText, scriptText, trickyText, utf8 } from './support/texts.ts'

/** Texts that repeat a few characters for thousands of bytes. */
const repeatedText = fc
  .array(
    fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 1500 })),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((runs) => runs.map(([unit, count]) => unit.repeat(count)).join(''))

describe.each(encodingNames.filter((name) => name !== 'r50k_base'))('%s', async (name) => {
  const slow = await getEncoding(name, { implementation: 'typescript', cacheBytes: 0 })
  const cached = await getEncoding(name, { implementation: 'typescript' })
  const fast = await getEncoding(name, { implementation: 'wasm' })
  // So small that nearly every piece drives out another.
  const forgetful = await Promise.all(
    (['wasm', 'typescript'] as const).map((implementation) =>
      getEncoding(name, { implementation, cacheBytes: 512 }),
    ),
  )

  test('WebAssembly and TypeScript give the same ids of any text, whatever the caches remember', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          trickyText,
          longTrickyText,
          plainText,
          scriptText,
          fc.string({ unit: 'binary', maxLength: 200 }),
          repeatedText,
        ),
        (text) => {
          const ids = slow.encodeOrdinary(text)
          for (let pass = 0; pass < 2; pass++) {
            for (const other of [fast, cached, ...forgetful]) expect(other.encodeOrdinary(text)).toEqual(ids)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('WebAssembly and TypeScript give the same ids of any bytes', () => {
    const nearUtf8 = fc
      .array(
        fc.constantFrom(0x20, 0x61, 0x0a, 0xc3, 0xa9, 0xe4, 0xb8, 0xad, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0xed),
      )
      .map((list) => Uint8Array.from(list))
    fc.assert(
      fc.property(fc.oneof(nearUtf8, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        expect(fast.encodeOrdinary(bytes)).toEqual(slow.encodeOrdinary(bytes))
      }),
      { numRuns: 500 },
    )
  })

  test('pieces of every length have the same ids, remembered or not', () => {
    for (let length = 1; length < 80; length++) {
      for (const letter of ['a', 'é', 'の', '😀', '=', 'Q', '\u0301']) {
        const text = ` ${letter.repeat(length)}${letter === 'a' ? 'zq' : ''}`
        const ids = slow.encodeOrdinary(text)
        for (const other of [fast, fast, cached, cached]) expect(other.encodeOrdinary(text)).toEqual(ids)
      }
    }
  })

  test('pieces of any number of ids have the same ids, remembered or not', () => {
    const next = seededRandom(7)
    const letters = 'qxzjkvwaeé'
    const words = Array.from({ length: 4000 }, (_, i) =>
      Array.from({ length: 4 + (i % 30) }, () => letters[Math.floor(next() * letters.length)]).join(''),
    )
    const counts = new Set(words.map((word) => slow.count(` ${word}`)))
    for (let count = 4; count <= 12; count++) expect(counts).toContain(count)
    const text = [...words, ...words.slice(0, 500), ...words].join(' ')
    const ids = slow.encodeOrdinary(text).join()
    for (const other of [fast, fast, ...forgetful])
      expect(other.encodeOrdinary(text).join() === ids).toBe(true)
  })

  test('texts longer than a block are cut where the ids stay the same', () => {
    const text = 'Words, 中文。 and\n\n  numbers 12345; '.repeat(12_000)
    expect(fast.encodeOrdinary(utf8(text)).join() === slow.encodeOrdinary(text).join()).toBe(true)
  })
})

test('cacheBytes must not be negative', async () => {
  await expect(getEncoding('gpt2', { cacheBytes: -1 })).rejects.toThrow('cacheBytes')
})
