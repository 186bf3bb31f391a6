import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDataLoader } from '@sluice/dataloader'
import { folderStorage, openDataset, openDocuments, verifyDataset } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  commitShards,
  planForShards,
  recomputeDocuments,
  recomputeWindows,
  resolveRunConfig,
  runLocally,
  workShard,
  type RunOptions,
} from '../src/index.ts'
import { writeSources } from './run-folder.ts'
import { copyTinyModel, textOf } from './tiny-model.ts'

const signal = new AbortController().signal

/** Options of a run over the tiny models' words, or over English. */
function optionsOf(folder: string, model: string | undefined): RunOptions {
  const ids = Array.from({ length: 60 }, (_, i) => 10 + ((i * i) % 23))
  const texts = [ids.slice(0, 20), ids.slice(20, 33), ids.slice(33)].map((each) =>
    model === undefined ? 'the cat sat on the mat, '.repeat(each.length >> 2) : textOf(each),
  )
  const corpus = writeSources(folder, [{ jsonl: texts }])
  if (model === undefined) return { corpus, dim: 6 }
  return { corpus, model: copyTinyModel(model, join(folder, 'model')) }
}

test.each([
  [undefined, {}],
  [undefined, { dtype: 'bf16' }],
  ['llama-sharded/bf16', {}],
  ['gemma/bf16', {}],
  ['gpt2/f32', { dtype: 'f16' }],
] as const)(
  'windows and documents with the pruned tables of %s %o read as full ones',
  async (model, more) => {
    const folder = temporaryFolder()
    const base = { ...optionsOf(folder, model), ...more }
    const run = async (name: string, options: Partial<RunOptions>): Promise<string> => {
      const out = join(folder, name)
      await runLocally({ config: resolveRunConfig({ ...base, ...options }), out, threads: 1 })
      return out
    }
    const windows = { maxLength: 5, tail: 'pad' } as const
    const full = await run('full', windows)
    const pruned = await run('pruned', { ...windows, embeddings: 'lazy', prune: true })
    const documents = await run('documents', { per: 'document' })
    const lazy = await run('lazy', { per: 'document', embeddings: 'lazy', prune: true })
    for (const out of [pruned, lazy]) {
      for (const name of ['tables.safetensors', 'model.safetensors', 'embedding.onnx', 'tables.json'])
        expect(existsSync(join(out, 'tables', name))).toBe(false)
    }
    await using expected = await openDataset(full)
    await using dataset = await openDataset(pruned)
    const [{ keptIds, shape }] = dataset.manifest.identities.tables as [
      (typeof dataset.manifest.identities.tables)[number],
    ]
    expect(keptIds!.of).toBe(model === undefined ? 50_257 : 96)
    expect(shape[0]).toBeLessThan(30)
    const { inputsEmbeds } = await expected.read(0, expected.length)
    expect((await dataset.read(0, dataset.length)).inputsEmbeds).toEqual(inputsEmbeds)
    expect(dataset.readSync(0, dataset.length).inputsEmbeds).toEqual(inputsEmbeds)
    await using of = await openDocuments(documents)
    await using rows = await openDocuments(lazy)
    expect((await rows.read(0, 3)).inputsEmbeds).toEqual((await of.read(0, 3)).inputsEmbeds)

    const order = { batchSize: 3, shuffle: 'keyed', seed: 5, dropLast: false } as const
    const batchesOf = async (from: typeof dataset): Promise<unknown[]> => {
      await using loader = await createDataLoader(from, order)
      const batches: unknown[] = []
      for await (const batch of loader) batches.push([...batch.inputsEmbeds!])
      return batches
    }
    expect(await batchesOf(dataset)).toEqual(await batchesOf(expected))

    await using again = await recomputeWindows(dataset, { roots: [folder], signal })
    const deep = { windows: dataset.length, recompute: again.recompute }
    expect((await verifyDataset(folderStorage(pruned), { deep })).problems).toEqual([])
    await using ofDocuments = await recomputeDocuments(rows, { roots: [folder], signal })
    const deepRows = { documents: 3, recompute: ofDocuments.recompute }
    expect((await verifyDataset(folderStorage(lazy), { deep: deepRows })).problems).toEqual([])
  },
)

test('shards prune as one process does, and a changed list of ids is found', async () => {
  const folder = temporaryFolder()
  const config = resolveRunConfig({
    ...optionsOf(folder, undefined),
    ...{ embeddings: 'lazy', prune: true, maxLength: 5 },
  })
  const out = join(folder, 'out')
  await runLocally({ config, out, threads: 1 })
  const path = join(folder, 'shards')
  await planForShards({ config, out: path, segmentBytes: 1000, signal, onEvent: () => {} })
  for (const stage of ['tokens', 'parts'] as const)
    await workShard({ path, stage, shard: { index: 0, count: 1 } })
  expect(await commitShards(path)).toMatchObject({ state: 'done' })
  const manifestOf = (from: string): string => readFileSync(join(from, 'manifest.json'), 'utf8')
  expect(manifestOf(path)).toBe(manifestOf(out))
  expect(existsSync(join(path, 'tables', 'tables.safetensors'))).toBe(false)

  const list = join(out, 'tables', 'kept_ids.npy')
  const bytes = readFileSync(list)
  bytes[bytes.length - 4]! ^= 1
  rmSync(list)
  writeFileSync(list, bytes)
  expect((await verifyDataset(folderStorage(out))).problems).toMatchObject([
    { code: 'wrong-hash', file: 'tables/kept_ids.npy' },
  ])
  await using dataset = await openDataset(out)
  await expect(dataset.read(0)).rejects.toMatchObject({ code: 'mismatch' })
})

test('pruned tables go with lazy embeddings alone', () => {
  expect(() => resolveRunConfig({ corpus: ['a'], prune: true })).toThrow(
    'Expected `embeddings` to be lazy with `prune`, got "full"',
  )
})
