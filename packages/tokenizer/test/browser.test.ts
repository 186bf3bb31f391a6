import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { BrowserResult } from './browser-child.ts'
import { findChromium, openInChromium } from './support/chromium.ts'
import { servePage } from './support/page-server.ts'

/** tiktoken's ids of many texts; the encoding that browsers are given as `gpt2` is its r50k_base. */
const oracles = { gpt2: oracle('r50k_base'), o200k_base: oracle('o200k_base') }

function oracle(name: string): readonly (readonly [string, readonly number[]])[] {
  const file = readFileSync(new URL(`fixtures/tiktoken/${name}.json.gz`, import.meta.url))
  return JSON.parse(gunzipSync(file).toString()).texts
}

const chromium = findChromium()

// Elsewhere there is no browser: install Chromium, or say where one is with SLUICE_CHROMIUM.
describe.runIf(chromium !== undefined)('in Chromium', () => {
  test('both implementations give the ids of tiktoken, whole and streamed', async () => {
    const input = Object.fromEntries(
      Object.entries(oracles).map(([name, texts]) => [name, texts.map(([text]) => text)]),
    )
    const page = await servePage('/test/browser-child.ts', input)
    const close = await openInChromium(chromium!, page.url)
    try {
      const results = (await page.result) as readonly BrowserResult[] | string
      expect(results).toBeInstanceOf(Array)
      const runs = (results as readonly BrowserResult[]).map((run) => `${run.encoding} ${run.implementation}`)
      expect(runs).toEqual(['gpt2 wasm', 'gpt2 typescript', 'o200k_base wasm', 'o200k_base typescript'])
      for (const { encoding, whole, transformed, iterated, decoded } of results as readonly BrowserResult[]) {
        const texts = oracles[encoding as keyof typeof oracles]
        const ids = texts.map(([, expected]) => expected)
        expect(whole).toEqual(ids)
        expect(transformed).toEqual(ids)
        expect(iterated).toEqual(ids)
        expect(decoded).toEqual(texts.map(([text]) => text.toWellFormed()))
      }
    } finally {
      await close()
      page.close()
    }
  })
})
