import { join } from 'node:path'
import { createDocumentLoader, KeyedPermutation, type DocumentBatch } from '@sluice/dataloader'
import { openDocuments, type DocumentDataset } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { writeSources } from './run-folder.ts'

const lengths = [3, 1, 7, 2, 5, 4, 6, 1, 2]

/** Documents of these many ids, each of one word over and over, with its number as `id`. */
async function documentsOf(folder: string, options: Partial<RunOptions> = {}): Promise<DocumentDataset> {
  const lines = lengths.map((length, id) => ({ text: ' the'.repeat(length), id: `d${id}` }))
  const corpus = writeSources(folder, [{ jsonl: lines.map(({ text }) => text) }])
  const out = join(folder, 'out')
  await runLocally({
    config: resolveRunConfig({ corpus, per: 'document', dim: 3, ...options }),
    out,
    threads: 1,
  })
  return openDocuments(out)
}

async function collect(batches: AsyncIterable<DocumentBatch>): Promise<DocumentBatch[]> {
  const all: DocumentBatch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

test('documents are filled up behind their ids to the longest of the batch', async () => {
  await using dataset = await documentsOf(temporaryFolder())
  await using loader = createDocumentLoader(dataset, {
    batchSize: 4,
    shuffle: false,
    dropLast: false,
    padId: 9,
  })
  const batches = await collect(loader)
  expect(batches.map(({ shape }) => shape)).toEqual([
    [4, 7],
    [4, 6],
    [1, 2],
  ])
  for (const { documents, shape, inputIds, attentionMask, inputsEmbeds, lengths: found } of batches) {
    for (const [row, document] of documents.entries()) {
      const { inputIds: ids, inputsEmbeds: vectors } = await dataset.read(document)
      const filling = shape[1] - ids!.length
      expect(found[row]).toBe(lengths[document])
      expect([...inputIds!.subarray(row * shape[1], (row + 1) * shape[1])]).toEqual([
        ...ids!,
        ...Array.from({ length: filling }, () => 9),
      ])
      expect([...attentionMask!.subarray(row * shape[1], (row + 1) * shape[1])]).toEqual([
        ...Array.from(ids!, () => 1),
        ...Array.from({ length: filling }, () => 0),
      ])
      expect([...inputsEmbeds!.subarray(row * shape[1] * 3, (row + 1) * shape[1] * 3)]).toEqual([
        ...vectors!,
        ...new Float32Array(filling * 3),
      ])
    }
  }
})

test('orders, ranks and states are those of windows', async () => {
  await using dataset = await documentsOf(temporaryFolder())
  const order = { batchSize: 2, shuffle: 'keyed', seed: 3, worldSize: 2, padToMultipleOf: 4 } as const
  const loaders = [0, 1].map((rank) => createDocumentLoader(dataset, { ...order, rank, dropLast: false }))
  const dealt = await Promise.all(loaders.map(collect))
  const keyed = new KeyedPermutation(lengths.length, { seed: 3, epoch: 0 })
  for (const [rank, batches] of dealt.entries()) {
    const expected = Array.from({ length: 5 }, (_, at) => keyed.at((2 * at + rank) % lengths.length))
    expect(batches.flatMap(({ documents }) => [...documents])).toEqual(expected)
    expect(batches.every(({ shape }) => shape[1] % 4 === 0)).toBe(true)
  }
  const first = createDocumentLoader(dataset, { ...order, rank: 1, dropLast: false })
  for await (const _ of first) break
  const resumed = createDocumentLoader(dataset, { ...order, rank: 1, dropLast: false })
  resumed.loadStateDict(first.stateDict())
  expect(await collect(resumed)).toEqual(dealt[1]!.slice(1))
})

test('means are one vector a document, and a dataset without embeddings gives ids', async () => {
  const folder = temporaryFolder()
  await using dataset = await documentsOf(folder, { pool: 'mean' })
  const [batch] = await collect(createDocumentLoader(dataset, { batchSize: 9, shuffle: false }))
  expect(batch).toMatchObject({ shape: [9, 0], lengths: Int32Array.from(lengths) })
  expect(batch!.embedding).toEqual((await dataset.read(0, 9)).embedding)
  expect(batch!.inputIds).toBeUndefined()
  await using plain = await documentsOf(temporaryFolder(), { embeddings: 'none' })
  const [ids] = await collect(createDocumentLoader(plain, { batchSize: 9, shuffle: false }))
  expect([ids!.inputIds!.length, ids!.inputsEmbeds]).toEqual([9 * 7, undefined])
  expect(() => createDocumentLoader(plain, { padId: 1e6 })).toThrow(
    'Expected `padId` below 50257, got 1000000',
  )
  expect(() => createDocumentLoader(plain, { columns: ['id'] })).toThrow('there are none')
})
