import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { builtInTokenizer } from '../src/tokenizer/built-in-tokenizer.ts'
import { writeFiles } from './run-folder.ts'

test('a tokenizer is made once for all who use it on a thread', async () => {
  const { encoding, description } = await builtInTokenizer('gpt2')
  const again = await builtInTokenizer('gpt2')
  expect(again.encoding).toBe(encoding)
  expect(again.description).toEqual(description)
  expect((await builtInTokenizer('cl100k_base')).encoding).not.toBe(encoding)
})

test('runs side by side that share a tokenizer have the ids of runs in turn', async () => {
  const root = temporaryFolder()
  const text = readFileSync(theVerdict, 'utf8')
  const [marked] = writeFiles(root, [`${text}<|endoftext|>${text.slice(500, 3000)}`.repeat(20)])
  const options: readonly Partial<RunOptions>[] = [
    { corpus: [theVerdict] },
    { corpus: [marked!] },
    { corpus: [marked!], special: 'none' },
  ]
  const run = async (given: Partial<RunOptions>, name: string): Promise<string> => {
    const config = resolveRunConfig({ corpus: [], maxLength: 32, embeddings: 'none', ...given })
    const { firstPart } = await runLocally({ config, out: join(root, name), threads: 1 })
    return readFileSync(firstPart, 'base64')
  }
  const together = await Promise.all(options.map((given, index) => run(given, `together-${index}`)))
  expect(new Set(together).size).toBe(options.length)
  for (const [index, given] of options.entries())
    expect(await run(given, `alone-${index}`)).toBe(together[index])
})
