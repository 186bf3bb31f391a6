import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
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
import { copyTinyModel, textOf, tinyModels } from './tiny-model.ts'

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

const lfsPointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'

test.each<[string, (file: string) => void, string]>([
  ['cut', (file) => truncateSync(file, 3000), 'model.safetensors is damaged: its tensors end at byte'],
  ['empty', (file) => truncateSync(file, 0), 'model.safetensors ends at byte 0'],
  ['only a pointer', (file) => replace(file, lfsPointer), 'model.safetensors is a pointer of Git LFS'],
  ['no file', makePipe, 'model.safetensors to be a file, got a named pipe'],
  ['not there', (file) => rmSync(file), 'there is no model.safetensors and no other safetensors file'],
  [
    'of another dtype',
    (file) => cpSync(join(tinyModels, 'llama-tied/bf16/model.safetensors'), file),
    'model.safetensors has model.embed_tokens.weight as BF16 [96, 16], expected F32 [96, 16]',
  ],
])('a model that is %s is refused in one line that says so', async (_, change, said) => {
  const folder = temporaryFolder()
  const base = optionsOf(folder, 'llama-tied/f32')
  const out = await run(join(folder, 'lazy'), { ...base, ...windows, ...lazy })
  for (const name of ['expected', 'expected-as-f16']) rmSync(join(base.model, `${name}.safetensors`))
  change(join(base.model, 'model.safetensors'))
  await using dataset = await openDataset(out, { checkpoint: base.model })
  const error = await dataset.read(0).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'mismatch' })
  const { message } = error as Error
  expect(message).toContain(said)
  expect(message).toContain('name the model that the dataset was made with')
  expect(message).not.toContain('\n')
})

test.each<[string, Partial<RunOptions>, (base: string, out: string) => string]>([
  ['the model referred to', lazy, (model) => join(model, 'model.safetensors')],
  ['the copy', { embeddings: 'lazy' }, (_, out) => join(out, 'tables/model.safetensors')],
  [
    'the pruned copy',
    { embeddings: 'lazy', prune: true },
    (_, out) => join(out, 'tables/pruned.safetensors'),
  ],
])('%s that is written over while a dataset is open gives no vectors', async (_, options, tableOf) => {
  const folder = temporaryFolder()
  const base = optionsOf(folder, 'llama-tied/f32')
  const out = await run(join(folder, 'lazy'), { ...base, ...windows, ...options })
  const access = 'reference' in options ? { checkpoint: base.model } : {}
  await using dataset = await openDataset(out, access)
  await using loader = await createDataLoader(dataset, { batchSize: 2, shuffle: false })
  await using byThread = await createDataLoader(dataset, { batchSize: 2, shuffle: false, numWorkers: 1 })
  const batches = loader[Symbol.asyncIterator]()
  await batches.next()
  await dataset.read(0)
  expect(dataset.readSync(0).inputsEmbeds).toHaveLength(5 * 16)

  const file = tableOf(base.model, out)
  writeOver(file)
  await expect(dataset.read(0)).rejects.toThrow('was changed while it was open')
  expect(() => dataset.readSync(0)).toThrow('was changed while it was open')
  if ('reference' in options) {
    // Of a thread that opened it before, and of one that opens it now and takes nothing over that was proved of it before.
    await expect(byThread[Symbol.asyncIterator]().next()).rejects.toThrow(
      /was changed while it was open|has sha256/,
    )
    await using again = await openDataset(out, access)
    await expect(again.read(0)).rejects.toMatchObject({ code: 'mismatch' })
  }
})

test('a model that is deleted or replaced under its name is read on as it was opened, and compared anew', async () => {
  const folder = temporaryFolder()
  const base = optionsOf(folder, 'llama-tied/f32')
  const out = await run(join(folder, 'lazy'), { ...base, ...windows, ...lazy })
  await using dataset = await openDataset(out, { checkpoint: base.model })
  const { inputsEmbeds } = await dataset.read(0, 2)
  const proved = { checkpoint: base.model, verifyTables: dataset.provedTable! }
  await using trusting = await openDataset(out, proved)
  expect((await trusting.read(0, 2)).inputsEmbeds).toEqual(inputsEmbeds)

  const file = join(base.model, 'model.safetensors')
  const bytes = readFileSync(file)
  rmSync(file)
  expect((await dataset.read(0, 2)).inputsEmbeds).toEqual(inputsEmbeds)
  writeFileSync(file, bytes)
  writeOver(file)
  expect((await dataset.read(0, 2)).inputsEmbeds).toEqual(inputsEmbeds)
  await using other = await openDataset(out, proved)
  await expect(other.read(0)).rejects.toMatchObject({ code: 'mismatch' })
})

function replace(file: string, content: string): void {
  rmSync(file)
  writeFileSync(file, content)
}

function makePipe(file: string): void {
  rmSync(file)
  execFileSync('mkfifo', [file])
}

/** Changes what follows the header, in the same file. */
function writeOver(file: string): void {
  const bytes = readFileSync(file)
  for (let at = 8 + Number(bytes.readBigUInt64LE(0)); at < bytes.length; at++) bytes[at]! ^= 1
  chmodSync(file, 0o644)
  writeFileSync(file, bytes)
}

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
