import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { getEncoding } from '../src/index.ts'

const vocabulary = new URL('../vocab/p50k.vocab', import.meta.url)
const kernel = new URL('../kernel/kernel.wasm', import.meta.url)
const dataUrl = (url: URL): string => `data:application/octet-stream;base64,${readFileSync(url, 'base64')}`

test.each([
  ['bytes', readFileSync(vocabulary), readFileSync(kernel)],
  ['URLs', vocabulary, kernel],
  ['URLs as text', vocabulary.href, kernel.href],
  ['paths', fileURLToPath(vocabulary), fileURLToPath(kernel)],
  ['URLs that hold them', dataUrl(vocabulary), dataUrl(kernel)],
] as const)('vocabulary and kernel may be given as %s', async (_what, vocabularyAsset, kernelAsset) => {
  const encoding = await getEncoding('gpt2', {
    vocabulary: vocabularyAsset,
    kernel: kernelAsset,
    implementation: 'wasm',
  })
  expect([...encoding.encode('Hello world')]).toEqual([15496, 995])
})

test('a vocabulary of another encoding is refused', async () => {
  const other = new URL('../vocab/cl100k.vocab', import.meta.url)
  await expect(getEncoding('gpt2', { vocabulary: other })).rejects.toThrow(
    /^Expected p50k\.vocab to have sha256 [0-9a-f]{64}, got [0-9a-f]{64}: give the file of this version, or reinstall/,
  )
})
