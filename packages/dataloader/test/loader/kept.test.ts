import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { createDataLoader, type DataLoaderOptions, type Mixture } from '../../src/index.ts'
import { keptText, writeDataset } from '../write-dataset.ts'

const ids = Int32Array.from({ length: 400 }, (_, i) => (i * i + 7 * i) % 50)
const small = { ids, maxLength: 6, stride: 4, dim: 5, rowsPerPart: 24, rowsPerBatch: 7 } as const
const names = ['id', 'Straße']

const ways: readonly DataLoaderOptions[] = [
  { shuffle: false },
  { shuffle: true, seed: 3 },
  { shuffle: 'keyed', seed: 3, rank: 1, worldSize: 3 },
  { shuffle: 'block', seed: 3, blockSize: 3 },
  { shuffle: 'keyed', seed: 3, numWorkers: 2 },
]

test('batches have what the documents of their windows carry along, in every order and thread', async () => {
  const folder = temporaryFolder()
  for (const embedding of ['none', 'lazy'] as const) {
    const kept = { names, valueBytes: 64 }
    await using dataset = await writeDataset({ ...small, folder: join(folder, embedding), embedding, kept })
    for (const way of ways) {
      await using loader = await createDataLoader(dataset, {
        ...way,
        batchSize: 5,
        columns: ['Straße', 'id'],
      })
      let batches = 0
      for await (const { windows, kept: texts } of loader) {
        expect([...texts!.keys()]).toStrictEqual(['Straße', 'id'])
        for (const name of names)
          expect(texts!.get(name)).toStrictEqual(Array.from(windows, (window) => keptText(name, window)))
        batches++
      }
      expect(batches).toBe(loader.length)
    }
    await using plain = await createDataLoader(dataset, { shuffle: false })
    for await (const batch of plain) expect(batch.kept).toBeUndefined()
    await expect(createDataLoader(dataset, { columns: ['url'] })).rejects.toThrow('there are id, Straße')
  }
})

test('a mixture gives the columns that all its sources have', async () => {
  const folder = temporaryFolder()
  const open = (name: string, own: readonly string[], length: number) => {
    const kept = { names: own, valueBytes: 64 }
    return writeDataset({ ...small, ids: ids.slice(0, length), folder: join(folder, name), kept })
  }
  await using first = await open('first', ['id', 'url'], 400)
  await using second = await open('second', ['url', 'id'], 200)
  const mixture: Mixture = {
    mixture: [
      { source: first, weight: 1 },
      { source: second, weight: 2 },
    ],
  }
  await using loader = await createDataLoader(mixture, { shuffle: 'keyed', columns: ['id'], batchSize: 9 })
  for await (const { windows, kept } of loader) {
    const expected = Array.from(windows, (window) =>
      keptText('id', window < first.length ? window : window - first.length),
    )
    expect(kept!.get('id')).toStrictEqual(expected)
  }
  await using third = await open('third', ['other'], 100)
  const others: Mixture = { mixture: [...mixture.mixture, { source: third, weight: 1 }] }
  await expect(createDataLoader(others, { shuffle: 'keyed', columns: ['id'] })).rejects.toThrow(
    'there are none',
  )
})
