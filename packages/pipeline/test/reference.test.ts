import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createDataLoader } from '@sluice/dataloader'
import { exportDataset, folderStorage, openDataset, openDocuments, verifyDataset } from '@sluice/dataset'
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
const windows = { maxLength: 5, tail: 'pad' } as const
const lazy = { embeddings: 'lazy', reference: true } as const

/** A corpus in the tiny models' words, and a model beside it. */
function optionsOf(folder: string, model: string): RunOptions & { readonly model: string } {
  const ids = Array.from({ length: 60 }, (_, i) => 10 + ((i * i) % 23))
  const texts = [ids.slice(0, 20), ids.slice(20, 33), ids.slice(33)].map(textOf)
  return {
    corpus: writeSources(folder, [{ jsonl: texts }]),
    model: copyTinyModel(model, join(folder, 'model')),
  }
}

async function run(out: string, options: RunOptions): Promise<string> {
  await runLocally({ config: resolveRunConfig(options), out, threads: 1 })
  return out
}

test.each(['llama-sharded/bf16', 'gemma/bf16', 'gpt2/f32', 't5/f32'])(
  'a dataset that refers to %s reads as a full one, wherever the model lies then',
  async (model) => {
    const folder = temporaryFolder()
    const base = optionsOf(folder, model)
    const full = await run(join(folder, 'full'), { ...base, ...windows })
    const out = await run(join(folder, 'lazy'), { ...base, ...windows, ...lazy })
    const ofDocuments = await run(join(folder, 'documents'), { ...base, per: 'document' })
    const documents = await run(join(folder, 'lazy-documents'), { ...base, per: 'document', ...lazy })
    expect(readdirSync(join(out, 'tables')).filter((name) => /model|onnx/.test(name))).toEqual([])

    const checkpoint = join(folder, 'moved')
    renameSync(base.model, checkpoint)
    await using expected = await openDataset(full)
    await using dataset = await openDataset(out, { checkpoint })
    const { inputsEmbeds } = await expected.read(0, expected.length)
    expect((await dataset.read(0, dataset.length)).inputsEmbeds).toEqual(inputsEmbeds)
    expect(dataset.readSync(0, dataset.length).inputsEmbeds).toEqual(inputsEmbeds)
    await using ofRows = await openDocuments(ofDocuments)
    await using rows = await openDocuments(documents, { checkpoint })
    expect((await rows.read(0, 3)).inputsEmbeds).toEqual((await ofRows.read(0, 3)).inputsEmbeds)

    const order = { batchSize: 3, shuffle: 'keyed', seed: 5, dropLast: false } as const
    const batchesOf = async (from: typeof dataset, workers: number): Promise<unknown[]> => {
      await using loader = await createDataLoader(from, { ...order, numWorkers: workers })
      const batches: unknown[] = []
      for await (const batch of loader) batches.push([...batch.inputsEmbeds!])
      return batches
    }
    const batches = await batchesOf(expected, 0)
    expect(await batchesOf(dataset, 0)).toEqual(batches)
    expect(await batchesOf(dataset, 2)).toEqual(batches)

    await using again = await recomputeWindows(dataset, { roots: [folder], signal })
    const deep = { windows: dataset.length, recompute: again.recompute }
    expect(await verifyDataset(folderStorage(out), { deep, checkpoint })).toMatchObject({
      ...{ problems: [], uncheckedTensors: 0 },
    })
    await using ofDocumentsAgain = await recomputeDocuments(rows, { roots: [folder], signal })
    const deepRows = { documents: 3, recompute: ofDocumentsAgain.recompute }
    expect((await verifyDataset(folderStorage(documents), { deep: deepRows, checkpoint })).problems).toEqual(
      [],
    )

    await exportDataset(dataset, { to: 'npy', out: join(folder, 'npy') })
    await exportDataset(expected, { to: 'npy', out: join(folder, 'npy-full') })
    expect(readFileSync(join(folder, 'npy', 'inputs_embeds.npy'))).toEqual(
      readFileSync(join(folder, 'npy-full', 'inputs_embeds.npy')),
    )
  },
)

test('without the checkpoint there are ids, and embeddings are refused by name', async () => {
  const folder = temporaryFolder()
  const base = optionsOf(folder, 'llama-sharded/bf16')
  const out = await run(join(folder, 'lazy'), { ...base, ...windows, ...lazy })
  await using dataset = await openDataset(out)
  expect(dataset.hasEmbeddings).toBe(false)
  const { inputIds, inputsEmbeds } = await dataset.read(0, 2, { embeds: false })
  expect([inputIds.length, inputsEmbeds]).toEqual([10, undefined])
  expect(() => dataset.readSync(0)).toThrow(/name the model's folder with `checkpoint`/)
  await expect(dataset.read(0)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(await verifyDataset(folderStorage(out))).toMatchObject({ problems: [], uncheckedTensors: 1 })
})

test('links, other shards and files beside are no obstacle, another checkpoint is', async () => {
  const folder = temporaryFolder()
  const base = optionsOf(folder, 'llama-sharded/bf16')
  const full = await run(join(folder, 'full'), { ...base, ...windows })
  const out = await run(join(folder, 'lazy'), { ...base, ...windows, ...lazy })
  await using expected = await openDataset(full)
  const { inputsEmbeds } = await expected.read(0, 2)
  const file = (await openDataset(out)).manifest.identities.tables[0]!.file

  // As a hub's cache has it: names that lead to blobs, and shards of other names.
  const cache = join(folder, 'cache')
  mkdirSync(join(cache, 'blobs'), { recursive: true })
  mkdirSync(join(cache, 'snapshot'))
  cpSync(join(base.model, file), join(cache, 'blobs', 'abc'))
  symlinkSync('../blobs/abc', join(cache, 'snapshot', 'z-00001-of-00009.safetensors'))
  writeFileSync(join(cache, 'snapshot', 'adapter.safetensors'), 'no tensors')
  symlinkSync('../blobs/gone', join(cache, 'snapshot', 'gone.safetensors'))
  await using dataset = await openDataset(out, { checkpoint: join(cache, 'snapshot') })
  expect((await dataset.read(0, 2)).inputsEmbeds).toEqual(inputsEmbeds)

  const bytes = readFileSync(join(base.model, file))
  bytes[bytes.length - 1]! ^= 1
  rmSync(join(base.model, file))
  writeFileSync(join(base.model, file), bytes)
  await using other = await openDataset(out, { checkpoint: base.model })
  await expect(other.read(0)).rejects.toMatchObject({ code: 'mismatch' })
  expect((await verifyDataset(folderStorage(out), { checkpoint: base.model })).problems).toMatchObject([
    { code: 'wrong-checkpoint', file },
  ])
  await using none = await openDataset(out, { checkpoint: folder })
  await expect(none.read(0)).rejects.toThrow(`No file of ${folder} holds`)
})

test('shards refer as one process does', async () => {
  const folder = temporaryFolder()
  const config = resolveRunConfig({ ...optionsOf(folder, 't5/f32'), ...windows, ...lazy })
  const out = join(folder, 'out')
  await runLocally({ config, out, threads: 1 })
  const path = join(folder, 'shards')
  await planForShards({ config, out: path, segmentBytes: 1000, signal, onEvent: () => {} })
  for (const stage of ['tokens', 'parts'] as const)
    await workShard({ path, stage, shard: { index: 0, count: 1 } })
  expect(await commitShards(path)).toMatchObject({ state: 'done' })
  const manifestOf = (from: string): string => readFileSync(join(from, 'manifest.json'), 'utf8')
  expect(manifestOf(path)).toBe(manifestOf(out))
  expect(existsSync(join(path, 'tables', 'model.safetensors'))).toBe(false)
})

test('a dataset cannot name a file outside the checkpoint', async () => {
  const folder = temporaryFolder()
  const base = optionsOf(folder, 'gpt2/f32')
  const out = await run(join(folder, 'lazy'), { ...base, ...windows, ...lazy })
  const manifest = join(out, 'manifest.json')
  const text = readFileSync(manifest, 'utf8')
  for (const name of ['sub/model.safetensors', '../model.safetensors', 'model.bin']) {
    rmSync(manifest)
    writeFileSync(manifest, text.replaceAll('"file":"model.safetensors"', `"file":"${name}"`))
    await expect(openDataset(out, { checkpoint: base.model })).rejects.toMatchObject({ code: 'corrupt' })
  }
})

test('a reference needs a model, and rows that readers make whole', async () => {
  const folder = temporaryFolder()
  const base = optionsOf(folder, 'gpt2/f32')
  expect(() => resolveRunConfig({ corpus: ['a'], reference: true })).toThrow(
    'Expected `embeddings` to be lazy with `reference`, got "full"',
  )
  expect(() => resolveRunConfig({ corpus: ['a'], ...lazy, prune: true })).toThrow(
    'Expected one of `prune` and `reference`, got both',
  )
  const config = resolveRunConfig({ corpus: base.corpus, ...lazy })
  await expect(runLocally({ config, out: join(folder, 'out') })).rejects.toThrow(
    'Expected a `model` with `reference`',
  )
})
