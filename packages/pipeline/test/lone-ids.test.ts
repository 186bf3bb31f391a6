import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  applyRepair,
  exportDataset,
  folderStorage,
  openDataset,
  planRepair,
  verifyDataset,
} from '@sluice/dataset'
import { seededRandom, temporaryFolder } from '@sluice/testing'
import { get_encoding } from 'tiktoken'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { readMegatron } from './megatron-index.ts'
import { writeSources } from './run-folder.ts'

// The reference: tiktoken 1.0.22, the original's Rust core as WebAssembly. One document at a time.
const gpt2 = get_encoding('gpt2')

/** More documents of one id than a file of the list holds, with others among them and none of any kind at the ends. */
function manyTexts(): string[] {
  const random = seededRandom(5)
  const words = ['cat', ' sat', 'x', '.', ' mat', 'the', ' a b c d e f g', ' one two']
  return Array.from({ length: 25_000 }, () => words[Math.floor(random() * words.length)]!)
}

const padded = { boundary: 'document', tail: 'pad', documents: 'ids' } as const
const packed = { ...padded, positions: 'restart', packing: 'best-fit' } as const

test.each([
  ['padded', padded],
  ['padded and shuffled', { ...padded, shuffle: { seed: 4 } }],
  ['packed', packed],
] as const)(
  'exports of %s windows have the many documents of one id, wherever segments are cut',
  async (_name, options) => {
    const root = temporaryFolder()
    const texts = manyTexts()
    const corpus = writeSources(root, [{ jsonl: texts.slice(0, 9000) }, { jsonl: texts.slice(9000) }])
    const config = resolveRunConfig({ corpus, maxLength: 4, embeddings: 'none', ...options })
    const manifests = new Set<string>()
    for (const segmentBytes of [1 << 20, 9999]) {
      const out = join(root, String(segmentBytes))
      await runLocally({ config, out, segmentBytes, threads: 1 })
      manifests.add(readFileSync(join(out, 'manifest.json'), 'utf8'))
      expect((await verifyDataset(folderStorage(out))).problems).toEqual([])
    }
    expect(manifests.size).toBe(1)
    await using dataset = await openDataset(join(root, '9999'))
    expect(dataset.manifest.loneIds?.files.length).toBe(2)
    await exportDataset(dataset, { to: 'megatron', out: join(root, 'megatron') })
    expect(readMegatron(join(root, 'megatron'))).toEqual(texts.map((text) => [...gpt2.encode(text)]))
  },
)

const few: Partial<RunOptions> = { ...padded, maxLength: 4, embeddings: 'none' }

test('a file of lone ids that was changed or lost is found, is not exported, and is made again by the same run', async () => {
  const root = temporaryFolder()
  const corpus = writeSources(root, [{ jsonl: ['a', 'one two three four', 'b'] }])
  const run = { config: resolveRunConfig({ corpus, ...few }), out: join(root, 'data') }
  await runLocally(run)
  const manifest = readFileSync(join(run.out, 'manifest.json'), 'utf8')
  const [name] = readdirSync(join(run.out, 'lists'))
  const path = join(run.out, 'lists', name!)
  const bytes = readFileSync(path)
  const storage = folderStorage(run.out)
  for (const code of ['damaged', 'missing-file'] as const) {
    rmSync(path)
    if (code === 'damaged') writeFileSync(path, bytes.with(bytes.length - 300, 255))
    expect((await verifyDataset(storage)).problems).toMatchObject([{ code, file: `lists/${name}` }])
    {
      await using dataset = await openDataset(run.out)
      await expect(exportDataset(dataset, { to: 'tokens', out: join(root, 'out') })).rejects.toMatchObject({
        code: code === 'damaged' ? 'corrupt' : 'incomplete',
        file: `lists/${name}`,
      })
    }
    await applyRepair(storage, await planRepair(storage, { reopen: true }))
    await runLocally(run)
    expect(readFileSync(join(run.out, 'manifest.json'), 'utf8')).toBe(manifest)
    expect(readFileSync(path).equals(bytes)).toBe(true)
  }
})

test('a manifest that was lost is made again with its lone ids', async () => {
  const root = temporaryFolder()
  const corpus = writeSources(root, [{ jsonl: ['a', 'one two three four', 'b'] }])
  const out = join(root, 'data')
  await runLocally({ config: resolveRunConfig({ corpus, ...few }), out })
  const manifest = readFileSync(join(out, 'manifest.json'), 'utf8')
  rmSync(join(out, 'manifest.json'))
  await applyRepair(folderStorage(out), await planRepair(folderStorage(out)))
  expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe(manifest)
})

test('windows that leave out more than documents of one id keep none', async () => {
  const root = temporaryFolder()
  const corpus = writeSources(root, [{ jsonl: ['a', 'one two three four five six', 'b'] }])
  for (const [place, options] of (
    [{ tail: 'drop' }, { boundary: 'cross' }, { documents: 'none' }] as const
  ).entries()) {
    const out = join(root, String(place))
    await runLocally({ config: resolveRunConfig({ corpus, ...few, ...options }), out })
    await using dataset = await openDataset(out)
    expect(dataset.manifest.loneIds).toBeUndefined()
  }
})
