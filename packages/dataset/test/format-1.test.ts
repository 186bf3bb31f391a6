import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  applyRepair,
  commitManifest,
  exportDataset,
  folderStorage,
  openDataset,
  planRepair,
  verifyDataset,
  type ManifestHeader,
} from '../src/index.ts'
import { snapshot } from './faults/snapshot.ts'

/**
 * Two datasets as Sluice wrote them before 2026-11-26: receipts beside the parts, packed rows without pieces. Both are of
 * four lines: "one two three four five six", "a", "red green blue", "the cat sat on the mat again and again".
 */
const fixtures = fileURLToPath(new URL('fixtures', import.meta.url))

/** The lines' ids as tiktoken 1.0.22 gives them, with the separator that begins each further one. */
const documents = [
  [505, 734, 1115, 1440, 1936, 2237],
  [50256, 64],
  [50256, 445, 4077, 4171],
  [50256, 1169, 3797, 3332, 319, 262, 2603, 757, 290, 757],
]

function copyOf(name: string): string {
  const folder = join(temporaryFolder(), name)
  cpSync(join(fixtures, name), folder, { recursive: true })
  return folder
}

test.each(['v1-documents', 'v1-packed'])(
  'a dataset of version 1 is read and verified as it is: %s',
  async (name) => {
    const storage = folderStorage(join(fixtures, name))
    expect(await verifyDataset(storage)).toMatchObject({ problems: [], manifest: { version: 1 } })
    await using dataset = await openDataset(storage)
    const { inputIds, window } = await dataset.read(0, dataset.length)
    expect(inputIds.length).toBe(4 * dataset.length)
    expect(window.toSorted()).toEqual(BigInt64Array.from({ length: dataset.length }, (_, row) => BigInt(row)))
  },
)

test('documents of a dataset of version 1 are found where its rows tell them, and refused elsewhere', async () => {
  const folder = temporaryFolder()
  await using dataset = await openDataset(join(fixtures, 'v1-documents'))
  const { sequences } = await exportDataset(dataset, { to: 'tokens', out: join(folder, 'tokens') })
  const bytes = readFileSync(join(folder, 'tokens/tokens.bin'))
  const ids = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(4 * at))
  // The last three ids of the stream were a short tail, which the run left out.
  expect(ids).toEqual(documents.flat().slice(0, dataset.length * 3 + 2))
  expect(sequences).toEqual({ unit: 'document', count: 4, tokens: ids.length })
  await using packed = await openDataset(join(fixtures, 'v1-packed'))
  await expect(exportDataset(packed, { to: 'tokens', out: join(folder, 'packed') })).rejects.toThrow(
    'is packed and does not say which documents its rows hold',
  )
})

test('a lost manifest and a lost receipt of version 1 are rebuilt as they were', async () => {
  const folder = copyOf('v1-documents')
  const storage = folderStorage(folder)
  const before = snapshot(folder)
  rmSync(join(folder, 'parts/00000.json'))
  await applyRepair(storage, await planRepair(storage))
  expect(snapshot(folder)).toEqual(before)
  rmSync(join(folder, 'manifest.json'))
  await applyRepair(storage, await planRepair(storage))
  expect(snapshot(folder)).toEqual(before)
})

test('an unfinished run of version 1 is finished in the new format', async () => {
  const folder = copyOf('v1-documents')
  const storage = folderStorage(folder)
  const header = JSON.parse(readFileSync(join(folder, 'header.json'), 'utf8')) as ManifestHeader
  rmSync(join(folder, 'manifest.json'))
  rmSync(join(folder, 'header.json'))
  await commitManifest(storage, header)
  expect(await verifyDataset(storage)).toMatchObject({ problems: [], manifest: { version: 2 } })
  expect(existsSync(join(folder, 'receipts/00000.json'))).toBe(true)
  expect(readdirSync(join(folder, 'parts'))).toHaveLength(1)
})
