import { cpSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  exportDataset,
  folderStorage,
  holdsTokenFiles,
  manifestName,
  openDataset,
  planRepair,
  verifyDataset,
  verifyTokenFiles,
} from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import { contentsOf, type Contents } from './contents.ts'

/** Datasets as releases wrote them, by release: never written again. */
const fixtures = fileURLToPath(new URL('../fixtures/formats/', import.meta.url))

describe.each(readdirSync(fixtures))('of release %s', (release) => {
  const expected = JSON.parse(readFileSync(join(fixtures, release, 'contents.json'), 'utf8')) as Readonly<
    Record<string, Contents>
  >
  const names = Object.keys(expected)

  test('each dataset is told', () => {
    const folders = readdirSync(join(fixtures, release)).filter((name) =>
      existsSync(join(fixtures, release, name, manifestName)),
    )
    expect(folders.toSorted()).toEqual(names.toSorted())
  })

  test.each(names)('a dataset holds what it held: %s', async (name) => {
    expect(await contentsOf(join(fixtures, release, name))).toEqual(expected[name])
  })

  test.each(names)('a dataset is complete and unchanged: %s', async (name) => {
    const storage = folderStorage(join(fixtures, release, name))
    const verify = (await holdsTokenFiles(storage)) ? verifyTokenFiles : verifyDataset
    expect((await verify(storage)).problems).toEqual([])
  })

  test('a dataset is repaired and exported', async () => {
    const folder = join(temporaryFolder(), 'documents')
    cpSync(join(fixtures, release, 'documents'), folder, { recursive: true })
    expect(await planRepair(folderStorage(folder))).toMatchObject({ actions: [] })
    await using dataset = await openDataset(folder)
    const { sequences } = await exportDataset(dataset, { to: 'tokens', out: `${folder}-tokens` })
    expect(sequences).toMatchObject({ unit: 'document', count: 5 })
  })
})
