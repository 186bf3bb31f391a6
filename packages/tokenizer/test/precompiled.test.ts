import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { graphemeEnd } from '../src/normalize/grapheme-end.ts'
import { precompiled } from '../src/normalize/precompiled.ts'

interface Fixture {
  readonly charsmap: string
  readonly texts: readonly string[]
  readonly normal: readonly string[]
}

const file = new URL('fixtures/precompiled.json.gz', import.meta.url)
const { charsmap, texts, normal } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as Fixture

test('characters that join others into graphemes are looked up as in the reference', () => {
  const normalizer = precompiled(charsmap)
  expect(texts.length).toBeGreaterThan(10_000)
  for (const [i, text] of texts.entries())
    expect(normalizer.normalize(text), JSON.stringify(text)).toBe(normal[i])
})

test('graphemes are looked up one by one, whatever stands beside them', () => {
  const { normalize } = precompiled(charsmap)
  const parts = fc.oneof(
    fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      ' ',
      'a',
      'é',
      '\u00a0',
      '\u00ad',
      'ŉ',
      '\u02ff',
      '\u0300',
      '\u0301',
      '\u0600',
      'ﬁ',
      '中',
      '😀',
    ),
    fc.string({ unit: 'binary', maxLength: 2 }),
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), (found) => {
      const text = found.join('').toWellFormed()
      let expected = ''
      for (let at = 0; at < text.length; at = graphemeEnd(text, at))
        expected += normalize(text.slice(at, graphemeEnd(text, at)))
      expect(normalize(text)).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})
