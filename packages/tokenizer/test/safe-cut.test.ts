import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EncodingName, findSafeCut, getEncoding } from '../src/index.ts'
import { longTrickyText, utf8 } from './support/texts.ts'

/** Every cut that a search from any place finds. */
function allCuts(bytes: Uint8Array): Set<number> {
  const cuts = new Set<number>()
  for (let near = 0; near < bytes.length; near++) {
    cuts.add(findSafeCut(bytes, near))
    // One byte of reach at a time also finds the places of the second kind that the first kind hides.
    cuts.add(findSafeCut(bytes, near, 1))
  }
  cuts.delete(-1)
  return cuts
}

describe.each<EncodingName>(['gpt2', 'cl100k_base', 'o200k_base'])('safe cuts of %s', async (name) => {
  const encoding = await getEncoding(name)

  test('the ids of the pieces, joined, are the ids of the whole', () => {
    fc.assert(
      fc.property(longTrickyText, (text) => {
        const bytes = utf8(text)
        const whole = [...encoding.encodeOrdinary(bytes)].join()
        const cuts = allCuts(bytes)
        for (const cut of cuts) {
          const left = encoding.encodeOrdinary(bytes.subarray(0, cut))
          const right = encoding.encodeOrdinary(bytes.subarray(cut))
          expect([...left, ...right].join()).toBe(whole)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('allowed special tokens are never cut in two', () => {
    const special = '<|endoftext|>'
    const parts = fc.array(fc.constantFrom(special, '<|endof', '<|', 'text|>', 'word', ' ', '|', '1', '\n'), {
      minLength: 5,
      maxLength: 60,
    })
    const options = { allowedSpecial: [special] }
    const target = new Uint32Array(4096)
    const ids = (bytes: Uint8Array): number[] => [
      ...target.subarray(0, encoding.encodeInto(bytes, target, options)),
    ]
    fc.assert(
      fc.property(parts, (texts) => {
        const bytes = utf8(texts.join(''))
        for (let near = 0; near < bytes.length; near++) {
          const cut = encoding.findSafeCut(bytes, near, options, 1)
          if (cut < 0) continue
          expect([...ids(bytes.subarray(0, cut)), ...ids(bytes.subarray(cut))]).toEqual(ids(bytes))
        }
      }),
      { numRuns: 200 },
    )
  })
})

test('the first space after a word is preferred to nearer places of the second kind', () => {
  const text = utf8('abc,def 12 x')
  expect(findSafeCut(text, 1)).toBe(7)
  expect(findSafeCut(text, 1, 5)).toBe(3)
  expect(findSafeCut(text, 8)).toBe(10)
})

test('Chinese is cut before its punctuation and its ideographic space', () => {
  expect(findSafeCut(utf8('在使用此命令时，请'), 0)).toBe(21)
  expect(findSafeCut(utf8('。\u3000\u3000在'), 0)).toBe(3)
})

test('where no place is known to be safe there is no cut', () => {
  expect(findSafeCut(utf8('a'.repeat(1000)), 10)).toBe(-1)
  expect(findSafeCut(utf8(' '.repeat(1000)), 10)).toBe(-1)
  expect(findSafeCut(utf8('word after a reach'), 5, 3)).toBe(-1)
  expect(findSafeCut(new Uint8Array(0), 0)).toBe(-1)
})

test('a cut is never inside a character, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(60), (bytes, near) => {
      const cut = findSafeCut(bytes, near)
      const isInside = cut >= Math.max(near, 1) && cut < bytes.length && (bytes[cut]! & 0xc0) !== 0x80
      expect(cut === -1 || isInside).toBe(true)
    }),
  )
})
