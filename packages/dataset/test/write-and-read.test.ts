import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { assert, asyncProperty, nat } from 'fast-check'
import { temporaryFolder } from '@sluice/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  commitManifest,
  createPartWriter,
  folderStorage,
  ignoredTarget,
  openDataset,
  resolveLayout,
  verifyDataset,
  type LayoutOptions,
} from '../src/index.ts'
import { makeRows, pickRows, plainRows as plain } from './rows.ts'
import { header, planId } from './header.ts'
import { writeDataset } from './write-dataset.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder()
})

const small = { maxLength: 4, vocabSize: 1000, dim: 3, rowsPerBatch: 5 } as const

const layouts: Readonly<Record<string, LayoutOptions>> = {
  'ids only': { ...small, embedding: 'none' },
  'f32, nested': { ...small, embedding: 'full' },
  'f32, flat': { ...small, embedding: 'full', layout: 'flat' },
  'f32, tensor': { ...small, embedding: 'full', layout: 'tensor' },
  'f16, nested': { ...small, embedding: 'full', dtype: 'f16' },
  'bf16, tensor': { ...small, embedding: 'full', layout: 'tensor', dtype: 'bf16' },
  'uint16 ids': { ...small, idType: 'uint16' },
  stream: { ...small, embedding: 'full', format: 'stream' },
  'document ids and positions': { ...small, documents: 'ids', positionIds: true },
  'document boundaries': { ...small, documents: 'boundaries' },
  'packed rows': { ...small, pieces: true },
  'packed rows with boundaries, f32': { ...small, embedding: 'full', documents: 'boundaries', pieces: true },
  'packed rows with document ids in a stream': { ...small, documents: 'ids', pieces: true, format: 'stream' },
  'kept texts': { ...small, kept: { names: ['id', 'Straße'], valueBytes: 64 } },
  'kept texts, boundaries and pieces in a stream': {
    ...small,
    documents: 'boundaries',
    pieces: true,
    format: 'stream',
    kept: { names: ['id'], valueBytes: 64 },
  },
  'document boundaries in a stream': { ...small, documents: 'boundaries', format: 'stream' },
}

describe('a dataset read back equals what was written', () => {
  test.each(Object.entries(layouts))('%s', async (_name, options) => {
    const all = await writeDataset(folder, options, [7, 10, 0, 1])
    await using dataset = await openDataset(folder)
    expect(dataset.length).toBe(18)
    expect(plain(await dataset.read(0, 18))).toEqual(plain(all))

    const seen: number[] = []
    for await (const batch of dataset.batches({ reuseMemory: true })) {
      expect(plain(batch)).toEqual(plain(pickRows(all, batch.firstWindow, batch.rows)))
      seen.push(batch.firstWindow)
    }
    expect(seen).toEqual([0, 5, 7, 12, 17])

    await assert(
      asyncProperty(nat(17), nat(18), async (first, count) => {
        const rows = Math.min(count, 18 - first)
        const expected = plain(pickRows(all, first, rows))
        expect(plain(await dataset.read(first, rows))).toEqual(expected)
        expect(plain(dataset.readSync(first, rows))).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })
})

test('a batch that was read before can be read into again', async () => {
  const all = await writeDataset(folder, { ...small, embedding: 'full', documents: 'boundaries' }, [7, 4])
  await using dataset = await openDataset(folder)
  const first = await dataset.read(0, 3)
  const second = dataset.readSync(6, 3, { into: first })
  expect(second.inputsEmbeds).toBe(first.inputsEmbeds)
  expect(plain(second)).toEqual(plain(pickRows(all, 6, 3)))
  const longer = await dataset.read(5, 4, { into: first })
  expect(longer.inputsEmbeds).not.toBe(first.inputsEmbeds)
  expect(plain(longer)).toEqual(plain(pickRows(all, 5, 4)))
})

test('the bytes of version 1 are frozen, since the reader compares headers with the writer of its own version', async () => {
  const hashes: Record<string, string> = {}
  for (const [name, options] of Object.entries(layouts)) {
    const layout = resolveLayout(options)
    const storage = folderStorage(join(folder, name))
    const writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
    await writer.append(makeRows(layout, 12))
    hashes[name] = (await writer.finish()).sha256
  }
  // Other hashes here mean a new version of the manifest, and a reader that still knows this one.
  expect(hashes).toMatchSnapshot()
})

test('the bytes do not depend on how the rows were appended', async () => {
  const layout = resolveLayout({ ...small, embedding: 'full', documents: 'boundaries' })
  const rows = makeRows(layout, 17)
  const hashes: string[] = []
  for (const steps of [[17], [5, 5, 5, 2], [10, 7], [15, 2]]) {
    const storage = folderStorage(join(folder, steps.join('-')))
    const writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
    let done = 0
    for (const step of steps) {
      const batch = pickRows(rows, done, step)
      await writer.append(batch)
      // Buffers may be reused as soon as `append` returns.
      batch.inputIds.fill(0)
      batch.inputsEmbeds?.fill(0)
      done += step
    }
    hashes.push((await writer.finish()).sha256)
  }
  expect(new Set(hashes).size).toBe(1)
})

test('window numbers and ignored targets of a batch are kept', async () => {
  const layout = resolveLayout(small)
  const storage = folderStorage(folder)
  const window = Float64Array.of(2, 0, 1)
  const rows = { ...makeRows(layout, 3), window }
  rows.targetIds[5] = ignoredTarget
  const writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
  await writer.append(rows)
  await writer.finish()
  const windows = { stride: 2, boundary: 'cross', shuffle: { seed: 1, method: 'torch.randperm' } } as const
  await commitManifest(storage, { ...header(layout, 1), windows })
  await using dataset = await openDataset(folder)
  expect(plain(await dataset.read(0, 3))).toEqual(plain(rows))
  expect((await verifyDataset(storage)).problems).toEqual([])
})

test('an ignored target is refused where ids are unsigned, and any other negative id always', async () => {
  const storage = folderStorage(folder)
  const write = async (layout: LayoutOptions, target: number): Promise<void> => {
    const writer = createPartWriter({
      storage,
      layout: resolveLayout(layout),
      planId,
      index: 0,
      firstWindow: 0,
    })
    const rows = makeRows(resolveLayout(small), 3)
    rows.targetIds[5] = target
    await writer.append(rows)
  }
  await expect(write({ ...small, idType: 'uint16' }, ignoredTarget)).rejects.toThrow(
    'got -100 in row 1, position 1',
  )
  await expect(write(small, -1)).rejects.toThrow('got -1 in row 1, position 1')
  await write(small, ignoredTarget)
})

test('an aborted part leaves nothing behind', async () => {
  const layout = resolveLayout(small)
  const writer = createPartWriter({
    storage: folderStorage(folder),
    layout,
    planId,
    index: 3,
    firstWindow: 0,
  })
  await writer.append(makeRows(layout, 5))
  await writer.abort()
  expect(readdirSync(join(folder, '_tmp'))).toEqual([])
  expect(readdirSync(folder)).toEqual(['_tmp'])
})

test('the same task published twice gives one part and the same receipt', async () => {
  const layout = resolveLayout(small)
  const storage = folderStorage(folder)
  const receipts = []
  for (let run = 0; run < 2; run++) {
    const writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
    await writer.append(makeRows(layout, 5))
    receipts.push(await writer.finish())
  }
  expect(receipts[1]).toEqual(receipts[0])
  expect(readdirSync(join(folder, 'parts'))).toEqual([`00000-${receipts[0]?.sha256.slice(0, 16)}.arrow`])
  expect(readdirSync(join(folder, 'receipts'))).toEqual(['00000.json'])
  expect(readdirSync(join(folder, '_tmp'))).toEqual([])
})

test('another result under the same place in the plan is a conflict', async () => {
  const layout = resolveLayout(small)
  const storage = folderStorage(folder)
  const first = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
  await first.append(makeRows(layout, 5))
  await first.finish()
  const second = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
  await second.append(makeRows(layout, 4))
  await expect(second.finish()).rejects.toMatchObject({ code: 'conflict', file: 'receipts/00000.json' })
})

test('a manifest is canonical JSON without times or hosts, and is committed once', async () => {
  await writeDataset(folder, { ...small, embedding: 'full' }, [5, 2])
  const text = readFileSync(join(folder, 'manifest.json'), 'utf8')
  expect(text).toMatchSnapshot()
  const layout = resolveLayout({ ...small, embedding: 'full' })
  await commitManifest(folderStorage(folder), header(layout, 2))
  expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe(text)
})

test('a commit names the parts that are missing', async () => {
  await writeDataset(folder, small, [5, 2])
  rmSync(join(folder, 'manifest.json'))
  const layout = resolveLayout(small)
  await expect(commitManifest(folderStorage(folder), header(layout, 4))).rejects.toThrow(
    '2 of 4 parts are missing',
  )
})
