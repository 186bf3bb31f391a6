import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  folderStorage,
  openTable,
  readManifest,
  verifyDataset,
  type DatasetStorage,
  type TableIdentity,
} from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { copyTinyModel, readTensorBytes, textOf } from './tiny-model.ts'

/** Runs a tiny model over twenty-two ids below `vocabSize`; returns the dataset and the model's weights. */
async function runModel(name: string, vocabSize: number, options: Partial<RunOptions>) {
  const folder = temporaryFolder()
  const corpus = join(folder, 'corpus.txt')
  writeFileSync(corpus, textOf(Array.from({ length: 22 }, (_, i) => (i * 37 + 11) % vocabSize)))
  const model = copyTinyModel(name, join(folder, 'model'))
  const out = join(folder, 'out')
  const config = resolveRunConfig({
    ...{ corpus: [corpus], model, maxLength: 7, separator: 'none' },
    ...options,
  })
  await runLocally({ config, out, threads: 1 })
  const storage = folderStorage(out)
  const { identities } = await readManifest(storage)
  return { storage, identities, weights: join(model, 'model.safetensors') }
}

/** Expects a table to have the bytes of the tensor of its name. */
async function expectTensor(storage: DatasetStorage, table: TableIdentity, weights: string): Promise<void> {
  const { handle, start } = await openTable(storage, table)
  const expected = readTensorBytes(weights, table.name)
  const found = new Uint8Array(expected.length)
  await handle.read(found, start)
  await handle.close()
  expect(Buffer.compare(found, expected)).toBe(0)
}

const bias = 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight'

test.each([{}, { embeddings: 'lazy' }, { embeddings: 'lazy', prune: true }] as const)(
  "T5's learned bias lies in a dataset with %o as it is in the checkpoint",
  async (options) => {
    const { storage, identities, weights } = await runModel('t5/bf16', 96, options)
    expect(identities.positions).toMatchObject({ kind: 't5', tables: [bias] })
    const table = identities.tables.find(({ name }) => name === bias)
    await expectTensor(storage, table!, weights)
    expect((await verifyDataset(storage)).problems).toEqual([])
  },
)

test.each([{}, { embeddings: 'lazy', prune: true }, { embeddings: 'lazy', reference: true }] as const)(
  "DeBERTa's table of distances goes with a dataset with %o, and what says which row is which distance's",
  async (options) => {
    const { storage, identities, weights } = await runModel('deberta-v3/f32', 80, options)
    const { positions, tables } = identities
    expect(identities.model).not.toHaveProperty('leftOut')
    expect(positions?.kind).toBe('disentangled')
    expect(positions?.tables.at(-1)).toBe('disentangled.rows')
    for (const name of positions!.tables) {
      const table = tables.find((found) => found.name === name)!
      expect(table.checkpoint).toBe('reference' in options && name !== 'disentangled.rows' ? true : undefined)
      if (table.checkpoint === true || name === 'disentangled.rows') continue
      await expectTensor(storage, table, weights)
    }
    expect((await verifyDataset(storage)).problems).toEqual([])
  },
)
