import { createHash } from 'node:crypto'
import { MemoryBucket, memoryStorage } from '@sluice/testing'
import { expect, test } from 'vitest'
import { mostInlineRows } from '../../src/lists/list-kind.ts'
import { makePartList } from '../../src/lists/parts.ts'
import {
  applyRepair,
  buildManifest,
  makeSourceList,
  manifestFileOf,
  openDataset,
  planRepair,
  publishBytes,
  readManifest,
  resolveLayout,
  verifyDataset,
  type DatasetStorage,
  type ManifestPart,
  type PartReceipt,
} from '../../src/index.ts'
import { header, planId } from '../header.ts'
import { writeDataset } from '../write-dataset.ts'

const options = { maxLength: 4, vocabSize: 1000, rowsPerBatch: 3 } as const

/** Sources as a plan lists them. */
const sources = Array.from({ length: 5000 }, (_, index) => ({
  name: `corpus/${index}.txt`,
  byteLength: index,
  sha256: createHash('sha256').update(String(index)).digest('hex'),
  format: 'txt',
  compression: 'none',
}))

/** A dataset of many sources and parts, in memory. */
async function longDataset(
  parts: number,
): Promise<{ readonly storage: DatasetStorage; readonly bucket: MemoryBucket }> {
  const bucket = new MemoryBucket()
  const storage = memoryStorage(bucket)
  const { list, files } = makeSourceList(sources)
  for (const { name, bytes } of files) await publishBytes(storage, name, bytes)
  await writeDataset(
    storage,
    options,
    Array.from({ length: parts }, () => 1),
    { sources: list },
  )
  return { storage, bucket }
}

test('lists are in the manifest itself up to a length, and above it in files that it names', () => {
  const receiptOf = (index: number): PartReceipt => {
    const sha256 = createHash('sha256').update(`part ${index}`).digest('hex')
    const name = `parts/${String(index).padStart(5, '0')}-${sha256.slice(0, 16)}.arrow`
    return {
      ...{ version: 1, planId, index, name, firstWindow: index, rows: 1, tokens: 4, documents: 1 },
      ...{ byteLength: 5000, sha256 },
    }
  }
  const layout = resolveLayout(options)
  for (const [parts, version] of [
    [mostInlineRows, 2],
    [mostInlineRows + 1, 3],
  ] as const) {
    const receipts = Array.from({ length: parts }, (_, index) => receiptOf(index))
    const manifest = buildManifest(header(layout, parts), receipts)
    expect(manifest.version).toBe(version)
    expect(Array.isArray(manifestFileOf(manifest).parts)).toBe(version === 2)
  }
})

test('a dataset of long lists is read, verified, damaged and repaired like any other', async () => {
  const parts = mostInlineRows + 4
  const { storage, bucket } = await longDataset(parts)
  const before = new Map(bucket.objects)
  expect(bucket.objects.get('manifest.json')!.byteLength).toBeLessThan(3000)
  const lists = [...bucket.objects.keys()].filter((name) => name.startsWith('lists/'))
  expect(lists).toHaveLength(2)
  await using dataset = await openDataset(storage)
  expect(dataset.manifest.parts).toHaveLength(parts)
  expect(dataset.manifest.totals.sourceByteLength).toBe((4999 * 5000) / 2)
  expect(dataset.sources.count).toBe(5000)
  const { name, byteLength, sha256 } = sources[4321]!
  expect(await dataset.sources.at(4321)).toMatchObject({ name, byteLength, sha256 })
  expect(await dataset.sources.at(5000)).toBeUndefined()
  expect((await dataset.sources.range(4990, 100)).map((source) => source.byteLength)).toEqual(
    sources.slice(4990).map((source) => source.byteLength),
  )
  expect(Number((await dataset.read(parts - 1)).window[0])).toBe(parts - 1)
  expect((await verifyDataset(storage)).problems).toEqual([])

  // The list of parts is needed to read anything; the list of sources is found damaged by `verify`.
  const partList = lists.find((list) => list.includes('/parts-'))!
  const sourceList = lists.find((list) => list.includes('/sources-'))!
  const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 2000 ? byte ^ 1 : byte))
  bucket.objects.set(sourceList, flip(before.get(sourceList)!))
  expect((await verifyDataset(storage)).problems).toMatchObject([{ code: 'damaged', file: sourceList }])
  bucket.objects.set(sourceList, before.get(sourceList)!)
  bucket.objects.set('lists/notes.txt', new Uint8Array(3))
  expect((await verifyDataset(storage)).problems).toMatchObject([
    { code: 'extra-file', file: 'lists/notes.txt' },
  ])
  bucket.objects.delete('lists/notes.txt')
  for (const damage of [
    () => bucket.objects.set(partList, flip(before.get(partList)!)),
    () => bucket.objects.set(partList, before.get(partList)!.subarray(0, 100)),
    () => bucket.objects.delete(partList),
  ]) {
    damage()
    await expect(readManifest(storage)).rejects.toThrow(partList)
    await applyRepair(storage, await planRepair(storage))
    expect(new Map(bucket.objects)).toEqual(before)
  }
})

type Changed = Record<string, unknown>
interface FileLists {
  readonly sources: { readonly count: number; readonly byteLength: number; readonly files: Changed[] }
  readonly parts: { readonly count: number; readonly files: Changed[] }
}

test.each<readonly [string, (manifest: Changed & FileLists) => Changed]>([
  [
    'a count that is not the rows of its files',
    (m) => ({ ...m, parts: { ...m.parts, count: m.parts.count + 1 } }),
  ],
  ['a list in a version without lists', (m) => ({ ...m, version: 2 })],
  [
    'a file of too many rows',
    (m) => ({ ...m, parts: { count: 1e9, files: [{ ...m.parts.files[0], rows: 1e9 }] } }),
  ],
  [
    'a file of too many bytes',
    (m) => ({ ...m, parts: { ...m.parts, files: [{ ...m.parts.files[0], byteLength: 1e12 }] } }),
  ],
  [
    'a file by a name of its own',
    (m) => ({ ...m, parts: { ...m.parts, files: [{ ...m.parts.files[0], name: '../x' }] } }),
  ],
  ['the file of another list', (m) => ({ ...m, parts: { count: 5000, files: m.sources.files } })],
  ['no files', (m) => ({ ...m, parts: { count: 0, files: [] } })],
  ['the bytes of other sources', (m) => ({ ...m, sources: { ...m.sources, byteLength: 1 } })],
])('a manifest that names %s is refused', async (_, change) => {
  const { storage, bucket } = await longDataset(mostInlineRows + 1)
  const text = new TextDecoder().decode(bucket.objects.get('manifest.json'))
  const changed = JSON.stringify(change(JSON.parse(text) as Changed & FileLists))
  bucket.objects.set('manifest.json', new TextEncoder().encode(changed))
  await expect(readManifest(storage)).rejects.toThrow(/damaged|missing|sha256/)
})

test('a list of parts whose rows lie says which file it is', async () => {
  const { storage, bucket } = await longDataset(mostInlineRows + 1)
  const manifest = await readManifest(storage)
  const lied = manifest.parts.map((part, index): ManifestPart => (index === 7 ? { ...part, rows: 2 } : part))
  const { identity, files } = makePartList(lied)
  for (const { name, bytes } of files) bucket.objects.set(name, bytes)
  const file = { ...manifestFileOf(manifest), parts: identity }
  bucket.objects.set('manifest.json', new TextEncoder().encode(JSON.stringify(file)))
  await expect(readManifest(storage)).rejects.toThrow(/damaged: parts\/00007-.* has 8? ?4? ?tokens|damaged/)
})
