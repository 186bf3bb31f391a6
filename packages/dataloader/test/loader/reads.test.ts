import {
  folderStorage,
  openDataset,
  type Dataset,
  type DatasetStorage,
  type ReadHandle,
} from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataLoader, sequentialOrder, type DataLoaderOptions } from '../../src/index.ts'
import { makeBatch } from '../../src/loader/batch.ts'
import { Iteration } from '../../src/loader/iteration.ts'
import type { BatchMemory } from '../../src/source/batch-memory.ts'
import { windowsOf } from '../collect.ts'
import { writeDataset } from '../write-dataset.ts'

const folder = temporaryFolder({ removeAt: afterAll })

/** A folder that counts the bytes and calls of large reads: rows, not headers. */
function countingStorage(path: string): { readonly storage: DatasetStorage; readonly reads: number[] } {
  const reads: number[] = []
  const inner = folderStorage(path)
  const storage: DatasetStorage = Object.assign(Object.create(inner) as DatasetStorage, {
    location: inner.location,
    openReadSync: (name: string): ReadHandle => {
      const handle = inner.openReadSync!(name)
      return {
        name,
        byteLength: handle.byteLength,
        read: (target, position) => handle.read(target, position),
        readSync: (target, position) => {
          if (!opening) reads.push(target.byteLength)
          handle.readSync!(target, position)
        },
        close: () => handle.close(),
      }
    },
  })
  return { storage, reads }
}
let opening = false

const shape = { maxLength: 32, stride: 32, rowsPerPart: 64, rowsPerBatch: 16 } as const
const windows = 200
const rowBytes = 2 * shape.maxLength * 4

beforeAll(async () => {
  const ids = Int32Array.from({ length: windows * shape.maxLength + 1 }, (_, i) => i % 50)
  await (await writeDataset({ ...shape, ids, folder })).close()
})

/** Bytes of rows that one epoch reads, and the calls it takes. */
async function readsOf(options: DataLoaderOptions): Promise<{ bytes: number; calls: number }> {
  const { storage, reads } = countingStorage(folder)
  await using dataset: Dataset = await openDataset(storage)
  // Headers are read when a record batch is first met; they are met here.
  opening = true
  for (let window = 0; window < windows; window++) dataset.placeOfSync(window)
  opening = false
  await using loader = await createDataLoader(dataset, { batchSize: 10, dropLast: false, ...options })
  await windowsOf(loader)
  return { bytes: reads.reduce((sum, bytes) => sum + bytes, 0), calls: reads.length }
}

describe('one epoch reads', () => {
  // Parts of 64, 64, 64 and 8 rows in record batches of 16: 13 of them, each with two columns of ids.
  const inRecordBatches = { bytes: windows * rowBytes, calls: 13 * 2 }

  test.each<DataLoaderOptions>([
    { shuffle: false },
    { shuffle: false, cacheByteLength: 0 },
    { shuffle: 'keyed' },
    { shuffle: 'block', blocksTogether: 2, cacheByteLength: 0 },
  ])('each record batch once with %o', async (options) => {
    expect(await readsOf(options)).toEqual(inRecordBatches)
  })

  test('rows alone where windows come at random and are not kept', async () => {
    const { bytes, calls } = await readsOf({ shuffle: 'keyed', cacheByteLength: 0 })
    expect(bytes).toBe(windows * rowBytes)
    expect(calls).toBeGreaterThan(windows)
  })
})

test('no more batches are under way than are to be read ahead', async () => {
  let underWay = 0
  let most = 0
  const iteration = new Iteration(
    {
      epoch: 0,
      length: 100,
      start: 0,
      shard: { batchSize: 2, dropLast: false, rank: 0, worldSize: 1, uneven: 'pad' },
      makeBatch: (place, rows, memory: BatchMemory) => makeBatch({ ...place, maxLength: 1 }, rows, memory),
      makeOrder: () => sequentialOrder(100),
      onEnd: () => undefined,
    },
    {
      ahead: 4,
      read: async (wanted) => {
        most = Math.max(most, ++underWay)
        await new Promise((resolve) => setTimeout(resolve, 1))
        underWay--
        return { inputIds: Int32Array.from(wanted), targetIds: Int32Array.from(wanted) }
      },
      restart: () => undefined,
      close: () => Promise.resolve(),
    },
  )
  let batches = 0
  for await (const { inputIds } of iteration) expect(inputIds[0]).toBe(2 * batches++)
  expect(batches).toBe(50)
  // The one that is waited for, and those behind it.
  expect(most).toBe(5)
})
