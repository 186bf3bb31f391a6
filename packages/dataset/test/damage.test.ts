import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { MemoryBucket, memoryStorage, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  DatasetError,
  folderStorage,
  openDataset,
  verifyDataset,
  type DatasetManifest,
  type DatasetStorage,
} from '../src/index.ts'
import { writeDataset } from './write-dataset.ts'

const options = { maxLength: 4, vocabSize: 1000, embedding: 'full', dim: 2, rowsPerBatch: 3 } as const

function parseManifest(bytes: Uint8Array): DatasetManifest {
  return JSON.parse(new TextDecoder().decode(bytes)) as DatasetManifest
}

const readJson = (folder: string): DatasetManifest =>
  parseManifest(readFileSync(join(folder, 'manifest.json')))
const manifestOf = (objects: ReadonlyMap<string, Uint8Array>): DatasetManifest =>
  parseManifest(objects.get('manifest.json')!)

function writeJson(folder: string, value: unknown): void {
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(value))
}

/** Reads everything a dataset has, both ways; returns the rows seen. */
async function readAll(from: string | DatasetStorage): Promise<number> {
  await using dataset = await openDataset(from)
  await dataset.read(0, dataset.length)
  let rows = 0
  for await (const batch of dataset.batches()) rows += batch.rows
  return rows
}

const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => value,
    (error: unknown) => (error instanceof DatasetError ? error.code : error),
  )

test.each(['file', 'stream'] as const)(
  'a part in the %s format that is cut anywhere is an error that names file and position',
  async (format) => {
    const folder = temporaryFolder()
    await writeDataset(folder, { ...options, documents: 'boundaries', format }, [7])
    const [part] = readJson(folder).parts
    const path = join(folder, part!.name)
    const bytes = readFileSync(path)
    truncateSync(path, bytes.length - 1)
    const message = `${part!.name} is damaged at byte ${bytes.length - 1}: ${bytes.length - 1} bytes long, expected ${bytes.length}`
    await expect(readAll(folder)).rejects.toThrow(message)
    const { problems } = await verifyDataset(folderStorage(folder))
    expect(problems).toMatchObject([{ code: 'wrong-size', file: part!.name, position: bytes.length - 1 }])
  },
)

test.each(['file', 'stream'] as const)(
  'a part in the %s format that is cut anywhere is never read as a shorter one, even if the manifest agrees',
  async (format) => {
    const bucket = new MemoryBucket()
    const { objects } = bucket
    await writeDataset(memoryStorage(bucket), { ...options, documents: 'boundaries', format }, [7])
    const manifest = manifestOf(objects)
    const [part] = manifest.parts
    const bytes = objects.get(part!.name)!
    for (let byteLength = 0; byteLength < bytes.length; byteLength++) {
      objects.set(part!.name, bytes.subarray(0, byteLength))
      const totals = { ...manifest.totals, byteLength }
      const shorter = JSON.stringify({ ...manifest, parts: [{ ...part, byteLength }], totals })
      objects.set('manifest.json', new TextEncoder().encode(shorter))
      expect(await outcome(readAll(memoryStorage(bucket))), `${byteLength} bytes`).toBe('corrupt')
    }
  },
)

test.each(['file', 'stream'] as const)(
  'a flipped bit anywhere in the %s format is found by verify, and never makes a read crash',
  async (format) => {
    const bucket = new MemoryBucket()
    const { objects } = bucket
    await writeDataset(memoryStorage(bucket), { ...options, documents: 'boundaries', format }, [4])
    const [part] = manifestOf(objects).parts
    const bytes = objects.get(part!.name)!
    for (let position = 0; position < bytes.length; position++) {
      const flipped = Uint8Array.from(bytes)
      flipped[position]! ^= 1 << (position % 8)
      objects.set(part!.name, flipped)
      expect([4, 'corrupt'], `byte ${position}`).toContain(await outcome(readAll(memoryStorage(bucket))))
      if (position % 16 !== 0) continue
      const { problems } = await verifyDataset(memoryStorage(bucket))
      expect(problems[0]).toMatchObject({ code: 'wrong-hash', file: part!.name })
    }
  },
)

test('a part that is missing, extra, or in the place of another is found', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3, 3, 2])
  const [first, second] = readJson(folder).parts.map(({ name }) => name)
  const extra = 'parts/00003-0123456789abcdef.arrow'
  copyFileSync(join(folder, first!), join(folder, extra))
  renameSync(join(folder, second!), join(folder, 'hidden'))
  const { problems } = await verifyDataset(folderStorage(folder))
  expect(problems.map(({ code, file }) => ({ code, file }))).toEqual([
    { code: 'missing-file', file: second },
    { code: 'extra-file', file: extra },
  ])
  await expect(readAll(folder)).rejects.toMatchObject({ code: 'incomplete', file: second })

  copyFileSync(join(folder, first!), join(folder, second!))
  const swapped = await verifyDataset(folderStorage(folder))
  expect(swapped.problems.map(({ code }) => code)).toEqual(['extra-file', 'wrong-hash', 'damaged'])
  expect(swapped.problems[2]?.message).toMatch(/has window 0 at byte \d+, expected 3/)
})

test('a folder without a dataset, a newer manifest and a damaged one are told apart', async () => {
  const folder = temporaryFolder()
  await expect(openDataset(folder)).rejects.toMatchObject({ code: 'not-a-dataset' })
  await expect(openDataset(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'not-a-dataset' })
  await writeDataset(folder, options, [3])
  const manifest = readJson(folder)

  writeJson(folder, { ...manifest, version: 6, parts: 'elsewhere' })
  await expect(openDataset(folder)).rejects.toThrow('a manifest of version 6, this reader knows up to 5')

  writeJson(folder, { ...manifest, planId: 'x' })
  await expect(openDataset(folder)).rejects.toThrow('manifest.json in')
  await expect(openDataset(folder)).rejects.toMatchObject({ code: 'corrupt' })

  appendFileSync(join(folder, 'manifest.json'), '}')
  await expect(openDataset(folder)).rejects.toThrow('to be JSON')
})

test.each([
  [
    'a gap between parts',
    (m: DatasetManifest) => ({ ...m, parts: m.parts.toReversed() }),
    'begins at window',
  ],
  ['wrong totals', (m: DatasetManifest) => ({ ...m, totals: { ...m.totals, rows: 99 } }), 'the parts add up'],
  [
    'another schema',
    (m: DatasetManifest) => ({ ...m, layout: { ...m.layout, dim: 3 } }),
    'does not belong to `layout`',
  ],
  [
    'a name that leaves the folder',
    (m: DatasetManifest) => ({ ...m, parts: m.parts.map((part) => ({ ...part, name: '../../secret' })) }),
    '`parts.0.name`',
  ],
])('a manifest with %s is refused', async (_name, change, message) => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3, 2])
  writeJson(folder, change(readJson(folder)))
  await expect(openDataset(folder)).rejects.toThrow(message)
})

test('another tokenizer, table or plan than the expected one is an error', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3])
  const sha = 'f'.repeat(64)
  await using dataset = await openDataset(folder, { expect: { tokenizer: 'b'.repeat(64) } })
  expect(dataset.length).toBe(3)
  await expect(openDataset(folder, { expect: { tokenizer: sha } })).rejects.toMatchObject({
    code: 'mismatch',
  })
  await expect(openDataset(folder, { expect: { tables: { 'wte.weight': sha } } })).rejects.toThrow(
    'table wte.weight none, expected fff',
  )
  await expect(openDataset(folder, { expect: { planId: sha } })).rejects.toMatchObject({ code: 'mismatch' })
})

test('windows that do not exist are refused', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3])
  await using dataset = await openDataset(folder)
  await expect(dataset.read(2, 2)).rejects.toMatchObject({ code: 'out-of-range' })
  expect(() => dataset.readSync(-1)).toThrow('Expected windows in [0, 3), got -1 to 0')
  rmSync(folder, { recursive: true })
})
