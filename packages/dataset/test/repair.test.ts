import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  applyRepair,
  commitManifest,
  folderStorage,
  planRepair,
  publishJson,
  readManifest,
  resolveLayout,
  verifyDataset,
} from '../src/index.ts'
import { snapshot } from './faults/snapshot.ts'
import { header } from './header.ts'
import { writeDataset } from './write-dataset.ts'

const options = { maxLength: 4, vocabSize: 1000, rowsPerBatch: 3 } as const

async function repaired(folder: string): Promise<string[]> {
  const storage = folderStorage(folder)
  const plan = await planRepair(storage)
  await applyRepair(storage, plan)
  expect((await verifyDataset(storage)).problems).toEqual([])
  return plan.actions.map(({ kind, file }) => `${kind} ${file}`)
}

test('a lost manifest is rebuilt from its header and the receipts, byte for byte', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3, 2])
  const before = snapshot(folder)
  rmSync(join(folder, 'manifest.json'))
  expect(await repaired(folder)).toEqual(['write manifest.json'])
  expect(snapshot(folder)).toEqual(before)
})

test('a damaged manifest is replaced', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3, 2])
  const before = snapshot(folder)
  truncateSync(join(folder, 'manifest.json'), 100)
  expect(await repaired(folder)).toEqual(['remove manifest.json', 'write manifest.json'])
  expect(snapshot(folder)).toEqual(before)
})

test('lost and wrong receipts, files that do not belong and leftovers are put right', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3, 2, 2])
  const before = snapshot(folder)
  rmSync(join(folder, 'receipts/00000.json'))
  writeFileSync(join(folder, 'receipts/00001.json'), '{}')
  writeFileSync(join(folder, 'parts/notes.txt'), 'mine')
  writeFileSync(join(folder, '_tmp/parts.00000.left'), '')
  expect(await repaired(folder)).toEqual([
    'write receipts/00000.json',
    'remove parts/notes.txt',
    'remove receipts/00001.json',
    'write receipts/00001.json',
    'remove _tmp/parts.00000.left',
  ])
  expect(snapshot(folder)).toEqual(before)
})

test('a manifest is not rebuilt over a part that is damaged or missing', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3, 2])
  const { parts } = await readManifest(folderStorage(folder))
  const path = join(folder, parts[1]!.name)
  rmSync(join(folder, 'manifest.json'))
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(path, bytes)
  await expect(planRepair(folderStorage(folder))).rejects.toThrow(
    'its bytes were changed; remove it and its receipt',
  )
  rmSync(path)
  await expect(planRepair(folderStorage(folder))).rejects.toThrow('1 of 2 parts')
  rmSync(join(folder, 'header.json'))
  await expect(planRepair(folderStorage(folder))).rejects.toThrow('there is no header.json')
})

test('a damaged part is left to the plan: reported, or withdrawn with its commit so that it is made again', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3, 2])
  const before = snapshot(folder)
  const storage = folderStorage(folder)
  const { parts } = await readManifest(storage)
  writeFileSync(join(folder, parts[0]!.name), 'short')
  const plan = await planRepair(storage)
  expect(plan).toMatchObject({ actions: [], unrepaired: [{ code: 'wrong-size', file: parts[0]!.name }] })

  await applyRepair(storage, await planRepair(storage, { reopen: true }))
  await expect(commitManifest(storage, header(resolveLayout(options), 2))).rejects.toThrow('1 of 2 parts')
  await writeDataset(folder, options, [3, 2])
  expect(snapshot(folder)).toEqual(before)
})

test('a header and a receipt of the tables that say other things than the manifest are found and put right', async () => {
  const folder = temporaryFolder()
  await writeDataset(folder, options, [3, 2])
  const storage = folderStorage(folder)
  const { planId, identities } = await readManifest(storage)
  const { tables, graph } = identities
  await publishJson(storage, 'tables/tables.json', { version: 1, planId, identities: { tables, graph } })
  expect((await verifyDataset(storage)).problems).toEqual([])
  const before = snapshot(folder)
  for (const content of ['{}', '{', '', '[1e999]', '['.repeat(1000), before['header.json']!]) {
    for (const name of ['header.json', 'tables/tables.json']) writeFileSync(join(folder, name), content)
    const { problems } = await verifyDataset(storage)
    expect(problems.map(({ code, file }) => `${code} ${file}`)).toEqual([
      'wrong-header header.json',
      'wrong-receipt tables/tables.json',
    ])
    expect(await repaired(folder)).toEqual([
      'remove header.json',
      'write header.json',
      'remove tables/tables.json',
      'write tables/tables.json',
    ])
    expect(snapshot(folder)).toEqual(before)
  }
  for (const name of ['header.json', 'tables/tables.json']) rmSync(join(folder, name))
  expect((await verifyDataset(storage)).problems).toEqual([])
})
