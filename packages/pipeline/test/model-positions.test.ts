import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, openTable, readManifest, verifyDataset } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally } from '../src/index.ts'
import { copyTinyModel, readTensorBytes, textOf } from './tiny-model.ts'

const bias = 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight'

test.each([{}, { embeddings: 'lazy' }, { embeddings: 'lazy', prune: true }] as const)(
  "T5's learned bias lies in a dataset with %o as it is in the checkpoint",
  async (options) => {
    const folder = temporaryFolder()
    const corpus = join(folder, 'corpus.txt')
    writeFileSync(corpus, textOf(Array.from({ length: 22 }, (_, i) => (i * 37 + 11) % 96)))
    const model = copyTinyModel('t5/bf16', join(folder, 'model'))
    const out = join(folder, 'out')
    const config = resolveRunConfig({
      ...{ corpus: [corpus], model, maxLength: 7, separator: 'none' },
      ...options,
    })
    await runLocally({ config, out, threads: 1 })
    const storage = folderStorage(out)
    const { identities } = await readManifest(storage)
    expect(identities.positions).toMatchObject({ kind: 't5', tables: [bias] })
    const table = identities.tables.find(({ name }) => name === bias)
    const { handle, start } = await openTable(storage, table!)
    const expected = readTensorBytes(join(model, 'model.safetensors'), bias)
    const found = new Uint8Array(expected.length)
    await handle.read(found, start)
    await handle.close()
    expect(Buffer.compare(found, expected)).toBe(0)
    expect((await verifyDataset(storage)).problems).toEqual([])
  },
)

test.each([{}, { embeddings: 'lazy', prune: true }, { embeddings: 'lazy', reference: true }] as const)(
  "DeBERTa's table of distances goes with a dataset with %o, and what says which row is which distance's",
  async (options) => {
    const folder = temporaryFolder()
    const corpus = join(folder, 'corpus.txt')
    writeFileSync(corpus, textOf(Array.from({ length: 22 }, (_, i) => (i * 37 + 11) % 80)))
    const model = copyTinyModel('deberta-v3/f32', join(folder, 'model'))
    const out = join(folder, 'out')
    const config = resolveRunConfig({
      ...{ corpus: [corpus], model, maxLength: 7, separator: 'none' },
      ...options,
    })
    await runLocally({ config, out, threads: 1 })
    const storage = folderStorage(out)
    const { identities } = await readManifest(storage)
    const { positions, tables } = identities
    expect(identities.model).not.toHaveProperty('leftOut')
    expect(positions?.kind).toBe('disentangled')
    expect(positions?.tables.at(-1)).toBe('disentangled.rows')
    for (const name of positions!.tables) {
      const table = tables.find((found) => found.name === name)!
      expect(table.checkpoint).toBe('reference' in options && name !== 'disentangled.rows' ? true : undefined)
      if (table.checkpoint === true || name === 'disentangled.rows') continue
      const { handle, start } = await openTable(storage, table)
      const expected = readTensorBytes(join(model, 'model.safetensors'), name)
      const found = new Uint8Array(expected.length)
      await handle.read(found, start)
      await handle.close()
      expect(Buffer.compare(found, expected)).toBe(0)
    }
    expect((await verifyDataset(storage)).problems).toEqual([])
  },
)
