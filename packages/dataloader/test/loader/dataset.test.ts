import { openDataset, type Dataset } from '@sluice/dataset'
import { createEmbedder } from '@sluice/embedding'
import { truncateSync, writeFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataLoader, type Batch, type BatchMemory, type DataLoaderOptions } from '../../src/index.ts'
import { epochOf, windowsOf } from '../collect.ts'
import { addUp, createTables, firstBlockOf, writeDataset } from '../write-dataset.ts'

const folder = temporaryFolder({ removeAt: afterAll })

const ids = Int32Array.from({ length: 400 }, (_, i) => (i * i + 7 * i) % 50)
const shape = { maxLength: 6, stride: 4 } as const
const small = { ...shape, ids, dim: 5, rowsPerPart: 24, rowsPerBatch: 7 } as const
const tables = createTables({ vocabSize: 50, dim: 5, maxLength: 6 }, 123)

let full: Dataset
let lazy: Dataset
let none: Dataset
beforeAll(async () => {
  full = await writeDataset({ ...small, folder: join(folder, 'full'), embedding: 'full' })
  lazy = await writeDataset({ ...small, folder: join(folder, 'lazy'), embedding: 'lazy' })
  none = await writeDataset({ ...small, folder: join(folder, 'none'), embedding: 'none' })
})
afterAll(() => Promise.all([full, lazy, none].map((dataset) => dataset.close())))

/** Every way of reading: in order, at random, in blocks; kept in memory or not; by other ranks. */
const ways: readonly DataLoaderOptions[] = [
  { shuffle: false },
  { shuffle: false, cacheByteLength: 0 },
  { shuffle: true, seed: 3 },
  { shuffle: 'keyed', seed: 3, cacheByteLength: 0 },
  { shuffle: 'block', seed: 3, blocksTogether: 2 },
  { shuffle: 'block', seed: 3, blockSize: 3, blocksTogether: 3 },
  { shuffle: 'keyed', seed: 3, rank: 1, worldSize: 3, uneven: 'drop' },
]

/** What a batch must hold, from the windows it says it has. */
function expectRows(batch: Batch, { embeds }: { readonly embeds: boolean }): void {
  const { maxLength, stride } = shape
  const expected = [...batch.windows].flatMap((window) => [
    ...ids.subarray(window * stride, window * stride + maxLength),
  ])
  const targets = [...batch.windows].flatMap((window) => [
    ...ids.subarray(window * stride + 1, window * stride + maxLength + 1),
  ])
  expect([...batch.inputIds]).toEqual(expected)
  expect([...batch.targetIds]).toEqual(targets)
  expect(batch.shape).toEqual([batch.windows.length, maxLength])
  const { inputsEmbeds } = batch
  if (embeds) expect(inputsEmbeds).toEqual(addUp(expected, { dim: 5, maxLength, dtype: 'f32' }, tables))
  else expect(inputsEmbeds).toBeUndefined()
}

const threads = { numWorkers: 2, prefetchFactor: 2 } as const

describe.each(['full', 'lazy', 'none'] as const)('a dataset with embeddings %s', (kind) => {
  const dataset = (): Dataset => ({ full, lazy, none })[kind]

  test.each(ways)('read with %o gives the rows of its windows', async (way) => {
    await using loader = await createDataLoader(dataset(), { ...way, batchSize: 5, dropLast: false })
    let rows = 0
    for await (const batch of loader) {
      expectRows(batch, { embeds: kind !== 'none' })
      rows += batch.windows.length
    }
    expect(rows).toBe(way.worldSize === undefined ? 99 : 33)
  })

  test('read ahead in threads gives the same batches', async () => {
    const options = { shuffle: 'keyed', seed: 1, batchSize: 5 } as const
    await using direct = await createDataLoader(dataset(), options)
    await using ahead = await createDataLoader(dataset(), { ...options, ...threads })
    const expected = await epochOf(direct)
    const kept: Batch[] = []
    for await (const batch of ahead) kept.push(batch)
    for (const batch of kept) expectRows(batch, { embeds: kind !== 'none' })
    expect(kept.map(({ windows }) => [...windows])).toEqual(expected.map(({ windows }) => windows))
  })

  test.each([{}, threads])("fills the caller's memory in turn with %o", async (way) => {
    const output = Array.from({ length: 5 }, (): BatchMemory => {
      const memory = {
        inputIds: new Int32Array(new SharedArrayBuffer(30 * 4)),
        targetIds: new Int32Array(new SharedArrayBuffer(30 * 4)),
      }
      if (kind === 'none') return memory
      return { ...memory, inputsEmbeds: new Float32Array(new SharedArrayBuffer(150 * 4)) }
    })
    await using loader = await createDataLoader(dataset(), { batchSize: 5, dropLast: false, output, ...way })
    for (let epoch = 0; epoch < 2; epoch++) {
      let step = 0
      for await (const batch of loader) {
        expectRows(batch, { embeds: kind !== 'none' })
        expect(batch.inputIds.buffer).toBe(output[step % 5]!.inputIds.buffer)
        // Given up half way through: what threads still read must not end up in the next epoch's batches.
        if (++step === 9 && epoch === 0) break
      }
    }
  })
})

describe('rows of other types', () => {
  test.each(['f16', 'bf16'] as const)('lazy %s is rounded as full %s is stored', async (dtype) => {
    const name = (mode: string) => join(folder, `${mode}-${dtype}`)
    await using stored = await writeDataset({ ...small, folder: name('full'), embedding: 'full', dtype })
    await using made = await writeDataset({ ...small, folder: name('lazy'), embedding: 'lazy', dtype })
    const options = { shuffle: false, batchSize: 99 } as const
    await using fromStored = await createDataLoader(stored, options)
    await using fromMade = await createDataLoader(made, options)
    const expected = await fromStored[Symbol.asyncIterator]().next()
    const found = await fromMade[Symbol.asyncIterator]().next()
    expect(expected.value!.inputsEmbeds).toBeInstanceOf(Uint16Array)
    expect(found.value!.inputsEmbeds).toEqual(expected.value!.inputsEmbeds)
  })

  test.each(['f32', 'bf16'] as const)(
    'the first block of a model comes as it is stored in %s',
    async (dtype) => {
      const layout = { embedding: 'full', dtype, firstBlockDim: 3 } as const
      await using dataset = await writeDataset({
        ...small,
        ...layout,
        folder: join(folder, `block-${dtype}`),
      })
      for (const way of [...ways, { shuffle: false, ...threads } as const]) {
        await using loader = await createDataLoader(dataset, { ...way, batchSize: 4 })
        for await (const batch of loader) {
          expect(batch.firstBlock).toEqual(firstBlockOf(batch.inputIds, layout))
          expect(batch.inputsEmbeds).toEqual(addUp(batch.inputIds, { dim: 5, maxLength: 6, dtype }, tables))
        }
      }
      await using lone = await createDataLoader(dataset, { batchSize: 4, embeds: false })
      expect((await lone[Symbol.asyncIterator]().next()).value).not.toHaveProperty('firstBlock')
    },
  )

  test('uint16 ids, position ids and document ids come as they are stored', async () => {
    await using dataset = await writeDataset({
      ...small,
      folder: join(folder, 'columns'),
      idType: 'uint16',
      positionIds: true,
      documents: 'ids',
    })
    for (const way of ways) {
      await using loader = await createDataLoader(dataset, { ...way, batchSize: 4 })
      for await (const batch of loader) {
        expectRows(batch, { embeds: false })
        expect(batch.inputIds).toBeInstanceOf(Uint16Array)
        expect([...batch.positionIds!.subarray(0, 7)]).toEqual([0, 1, 2, 3, 4, 5, 0])
        expect([...batch.documentIds!]).toEqual(Array(24).fill(0))
      }
    }
  })
})

describe('reading without copies', () => {
  test('ids in order are views of the record batch they lie in, and of the ids they are cut from', async () => {
    await using loader = await createDataLoader(none, { shuffle: false, batchSize: 7 })
    const buffers: ArrayBufferLike[] = []
    for await (const { inputIds, targetIds } of loader) {
      expect(inputIds.buffer).toBe(targetIds.buffer)
      buffers.push(inputIds.buffer)
    }
    // Parts of 24 rows hold record batches of 7, 7, 7 and 3: the first three batches are record batches.
    expect(new Set(buffers.slice(0, 3)).size).toBe(3)
    const cut = await createDataLoader(ids, { shuffle: false, maxLength: 6, stride: 6 })
    for await (const batch of cut) expect(batch.inputIds.buffer).toBe(ids.buffer)
  })
})

describe('embeddings for ids', () => {
  test('an embedder makes them for ids and datasets without any, and stays open', async () => {
    const embedder = await createEmbedder(tables)
    for (const source of [ids, none]) {
      const options = source === ids ? { embedder, ...shape } : { embedder }
      await using loader = await createDataLoader(source, { ...options, batchSize: 5 })
      expect(loader.format.dim).toBe(5)
      for await (const batch of loader) expectRows(batch, { embeds: true })
    }
    const nothing = new Int32Array(0)
    await expect(embedder.embed(nothing, nothing, new Float32Array(0))).resolves.toBeUndefined()
    await embedder.close()
  })

  test('are left out where they are not wanted', async () => {
    for (const dataset of [full, lazy]) {
      await using loader = await createDataLoader(dataset, { embeds: false })
      expect(loader.format.dim).toBe(0)
      for await (const batch of loader) expectRows(batch, { embeds: false })
    }
  })

  test('are refused where the tables are not those of the manifest', async () => {
    const copy = join(folder, 'other-tables')
    await using dataset = await writeDataset({ ...small, folder: copy, embedding: 'lazy' })
    const path = join(copy, 'tables', 'tables.safetensors')
    const bytes = readFileSync(path)
    bytes[bytes.length - 2]! ^= 1
    writeFileSync(path, bytes)
    await expect(createDataLoader(dataset)).rejects.toMatchObject({ code: 'mismatch' })
  })
})

describe('a storage that can only be waited for', () => {
  test('gives the same batches', async () => {
    for (const dataset of [full, lazy, none]) {
      const { storage } = dataset
      await using remote = await openDataset({
        location: storage.location,
        stage: (hint) => storage.stage(hint),
        grow: (name) => storage.grow(name),
        openRead: async (name) => {
          const handle = await storage.openRead(name)
          return {
            name,
            byteLength: handle.byteLength,
            read: (target, position) => handle.read(target, position),
            close: () => handle.close(),
          }
        },
        stat: (name) => storage.stat(name),
        list: (prefix) => storage.list(prefix),
        remove: (name) => storage.remove(name),
        removeFolder: (prefix) => storage.removeFolder(prefix),
        leftovers: () => storage.leftovers(),
        freeBytes: () => storage.freeBytes(),
      })
      await using loader = await createDataLoader(remote, { batchSize: 5 })
      for await (const batch of loader) expectRows(batch, { embeds: dataset !== none })
      await expect(createDataLoader(remote, { numWorkers: 1 })).rejects.toThrow('Expected `numWorkers: 0`')
    }
  })
})

describe('mistakes', () => {
  test('another length or stride than the dataset has', async () => {
    await expect(createDataLoader(none, { maxLength: 7 })).rejects.toThrow(
      'Expected `maxLength` to be 6, as the dataset was made with, got 7',
    )
  })

  test('a damaged part names the file, also from a thread', async () => {
    const copy = join(folder, 'damaged')
    await using dataset = await writeDataset({ ...small, folder: copy })
    truncateSync(join(copy, dataset.manifest.parts[2]!.name), 100)
    for (const way of [{}, threads]) {
      await using loader = await createDataLoader(dataset, { shuffle: false, batchSize: 5, ...way })
      await expect(windowsOf(loader)).rejects.toMatchObject({ name: 'DatasetError', code: 'corrupt' })
    }
  })

  test.each([
    {
      output: [{ inputIds: new Int32Array(24), targetIds: new Int32Array(23) }],
      message: 'output[0].targetIds',
    },
    {
      output: [{ inputIds: new Uint16Array(24), targetIds: new Int32Array(24) }],
      message: 'output[0].inputIds',
    },
  ])('memory that does not fit: $message', async ({ output, message }) => {
    await expect(createDataLoader(none, { output })).rejects.toThrow(message)
  })

  test('memory that threads cannot share', async () => {
    const memory = { inputIds: new Int32Array(24), targetIds: new Int32Array(24) }
    const output = Array.from({ length: 5 }, () => memory)
    await expect(createDataLoader(none, { output, ...threads })).rejects.toThrow('on shared memory')
  })
})
