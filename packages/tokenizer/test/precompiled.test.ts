import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
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
