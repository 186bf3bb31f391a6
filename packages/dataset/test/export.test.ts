import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  commitManifest,
  createPartWriter,
  exportDataset,
  folderStorage,
  openDataset,
  resolveLayout,
  type Dataset,
  type ExportFormat,
} from '../src/index.ts'
import { cutWindows, rowsOfWindows, type Documents } from './document-rows.ts'
import { header, planId } from './header.ts'
import { sliceBatch } from '../src/part/split-batch.ts'
import { writeDataset } from './write-dataset.ts'

interface Flat {
  readonly ids: number[]
  readonly offsets: number[]
}

interface Case {
  readonly documents: Documents
  readonly maxLength: number
  readonly stride: number
  readonly boundary: 'cross' | 'document'
  readonly columns: 'ids' | 'boundaries'
}

/** Writes the windows of documents as a dataset with two parts. */
async function datasetOf(
  folder: string,
  { documents, maxLength, stride, boundary, columns }: Case,
): Promise<Dataset> {
  const layout = resolveLayout({ maxLength, vocabSize: 100, documents: columns, rowsPerBatch: 3 })
  const windows = { stride, boundary }
  const all = rowsOfWindows(cutWindows(documents, maxLength, windows), layout)
  const storage = folderStorage(folder)
  const firstRows = Math.min(all.rows, 6)
  for (const [index, [from, to]] of [[0, firstRows] as const, [firstRows, all.rows] as const].entries()) {
    await using writer = createPartWriter({ storage, layout, planId, index, firstWindow: from })
    if (to > from) await writer.append(sliceBatch(all, from, to))
    await writer.finish()
  }
  await commitManifest(storage, { ...header(layout, 2), windows })
  return openDataset(folder)
}

/** What a flat export must hold: of each stream what its windows reach, with the last target. */
function expectedOf({ documents, maxLength, stride, boundary }: Case): Flat {
  const tagged = documents.map((ids, document) => ids.map((id) => ({ id, document })))
  const streams = boundary === 'cross' ? [tagged.flat()] : tagged
  const reached = streams.flatMap((stream) => {
    const count = Math.max(0, Math.ceil((stream.length - maxLength) / stride))
    return count === 0
      ? []
      : stream.slice(0, (count - 1) * stride + maxLength + 1).map((item, at, all) => {
          // The last target's document is not in the dataset: it counts to the document before it.
          return at === all.length - 1 ? { ...item, document: all[at - 1]!.document } : item
        })
  })
  const starts = reached.flatMap(({ document }, at) => (document === reached[at - 1]?.document ? [] : [at]))
  return { ids: reached.map(({ id }) => id), offsets: [...starts, reached.length] }
}

/** Reads `document_offsets.npy` as its format says, without the code that wrote it. */
function readOffsets(path: string): number[] {
  const bytes = readFileSync(path)
  const start = 10 + bytes.readUInt16LE(8)
  expect(start % 64).toBe(0)
  expect(bytes.subarray(10, start).toString()).toMatch(
    /^\{'descr': '<i8', 'fortran_order': False, 'shape': \(\d+,\), \} *\n$/,
  )
  const values = []
  for (let at = start; at < bytes.length; at += 8) values.push(Number(bytes.readBigInt64LE(at)))
  return values
}

function readTokens(folder: string): Flat {
  const bytes = readFileSync(join(folder, 'tokens.bin'))
  const ids = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index))
  return { ids, offsets: readOffsets(join(folder, 'document_offsets.npy')) }
}

test('flat exports restore the token stream and its documents, whatever the windows', async () => {
  const root = temporaryFolder()
  let number = 0
  const cases = record({
    documents: array(array(integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 12 }), { maxLength: 8 }),
    maxLength: integer({ min: 2, max: 7 }),
    stride: integer({ min: 1, max: 7 }),
    boundary: constantFrom('cross' as const, 'document' as const),
    columns: constantFrom('ids' as const, 'boundaries' as const),
  }).map((one) => ({ ...one, stride: Math.min(one.stride, one.maxLength) }))
  await assert(
    asyncProperty(cases, async (one) => {
      const folder = join(root, String(number++))
      await using dataset = await datasetOf(folder, one)
      await exportDataset(dataset, { to: 'tokens', out: `${folder}.tokens` })
      expect(readTokens(`${folder}.tokens`)).toEqual(expectedOf(one))
    }),
    { numRuns: 60 },
  )
})

test('by window, each window is a document with all of its ids', async () => {
  const folder = temporaryFolder()
  const rows = await writeDataset(
    join(folder, 'data'),
    { maxLength: 4, vocabSize: 1000, rowsPerBatch: 3 },
    [5, 4],
  )
  await using dataset = await openDataset(join(folder, 'data'))
  await exportDataset(dataset, { to: 'tokens', out: join(folder, 'out') })
  expect(readTokens(join(folder, 'out'))).toEqual({
    ids: [...rows.inputIds],
    offsets: Array.from({ length: 10 }, (_, row) => 4 * row),
  })
})

test('by document is refused where the dataset does not know them', async () => {
  const folder = temporaryFolder()
  await writeDataset(join(folder, 'data'), { maxLength: 4, vocabSize: 1000 }, [3])
  await using dataset = await openDataset(join(folder, 'data'))
  const exported = exportDataset(dataset, { to: 'megatron', out: join(folder, 'out'), unit: 'document' })
  await expect(exported).rejects.toThrow(
    "has no document columns, so it cannot be exported by document; use `unit: 'window'`",
  )
  await expect(
    exportDataset(dataset, { to: 'zarr' as ExportFormat, out: join(folder, 'out') }),
  ).rejects.toThrow('Expected `to` to be one of megatron, hf, parquet, tokens, npy, got `zarr`')
})

test.each(['megatron', 'hf', 'parquet', 'tokens', 'npy'] as const)(
  'an export to %s never replaces a folder, and leaves nothing when it fails',
  async (to) => {
    const folder = temporaryFolder()
    await writeDataset(join(folder, 'data'), { maxLength: 4, vocabSize: 1000 }, [3, 2])
    await using dataset = await openDataset(join(folder, 'data'))
    const out = join(folder, 'out')
    mkdirSync(out)
    await exportDataset(dataset, { to, out })
    expect(readdirSync(out).every((name) => !name.startsWith('_'))).toBe(true)
    await expect(exportDataset(dataset, { to, out })).rejects.toMatchObject({ code: 'conflict' })

    await using damaged = await openDataset(join(folder, 'data'))
    writeFileSync(join(folder, 'data', dataset.manifest.parts[1]!.name), 'short')
    await expect(exportDataset(damaged, { to, out: join(folder, 'other') })).rejects.toMatchObject({
      code: 'corrupt',
    })
    expect(existsSync(join(folder, 'other'))).toBe(false)
    expect(readdirSync(folder).toSorted()).toEqual(['data', 'out'])
  },
)
