import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patterns } from '../src/encodings/patterns.ts'
import { createScanner, knownPattern } from '../src/pretokenize/known-pattern.ts'
import { compilePattern } from '../src/reference/compile-pattern.ts'
import { trickyText, utf8 } from './support/texts.ts'

function piecesOf(pattern: string, bytes: Uint8Array): string[] {
  const scan = createScanner(knownPattern(pattern))
  const pieces: string[] = []
  for (let at = 0; at < bytes.length;) {
    const end = scan(bytes, at, bytes.length)
    pieces.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(at, end)))
    at = end
  }
  return pieces
}

describe.each(Object.entries(patterns))('the scanner of %s', (_, pattern) => {
  const expression = compilePattern(pattern)

  test('the scanner cuts tricky text as the pattern itself does', () => {
    fc.assert(
      fc.property(trickyText, (text) => {
        const wellFormed = text.toWellFormed()
        expect(piecesOf(pattern, utf8(text))).toEqual(wellFormed.match(expression) ?? [])
      }),
      { numRuns: 2000 },
    )
  })

  test('the scanner agrees with the pattern on every string of up to four characters, one of each class', () => {
    const alphabet = ['a', 'A', 'ʰ', '\u0301', '1', ' ', '\n', "'", 's', '/']
    const texts = alphabet.flatMap((a) =>
      alphabet.flatMap((b) => alphabet.flatMap((c) => alphabet.map((d) => a + b + c + d))),
    )
    for (const text of texts) expect(piecesOf(pattern, utf8(text))).toEqual(text.match(expression))
  })

  test('the scanner says where bytes are not UTF-8', () => {
    for (const bad of [
      [0x80],
      [0xc0, 0xaf],
      [0xc3],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff],
    ]) {
      expect(createScanner(knownPattern(pattern))(Uint8Array.from(bad), 0, bad.length)).toBe(-1)
      const text = Uint8Array.from([0x61, ...bad])
      const end = createScanner(knownPattern(pattern))(text, 0, text.length)
      expect(end).toBe(1)
    }
  })
})

test('a pattern that is not known is refused by name', () => {
  expect(() => knownPattern('\\w+')).toThrow(expect.objectContaining({ code: 'unsupported-component' }))
  expect(() => knownPattern('\\w+')).toThrow('\\w+')
})
