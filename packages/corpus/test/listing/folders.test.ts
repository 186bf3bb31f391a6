import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { listSources } from '../../src/listing/list-sources.ts'
import { openSource } from '../../src/sources/open-source.ts'

const fixtures = join(import.meta.dirname, '../fixtures')

/** A folder with one of everything. */
function makeFolder(): string {
  const folder = temporaryFolder()
  const outside = temporaryFolder()
  writeFileSync(join(outside, 'far.txt'), 'far')
  writeFileSync(join(folder, 'b.txt'), 'b')
  writeFileSync(join(folder, '.hidden'), 'hidden')
  mkdirSync(join(folder, 'sub'))
  writeFileSync(join(folder, 'sub/a.txt'), 'a')
  symlinkSync('b.txt', join(folder, 'file-link'))
  symlinkSync('nowhere', join(folder, 'broken'))
  symlinkSync(outside, join(folder, 'linked'))
  symlinkSync('..', join(folder, 'sub/up'))
  symlinkSync('sub', join(folder, 'twice'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  symlinkSync('pipe', join(folder, 'pipe-link'))
  return folder
}

test('entries of a folder that are not sources are listed with the reason', async () => {
  const folder = makeFolder()
  const { sources, skipped } = await listSources([folder])
  expect(sources).toStrictEqual(['b.txt', 'file-link', 'sub/a.txt'].map((name) => join(folder, name)))
  expect(skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toStrictEqual(
    [
      ['.hidden', 'hidden'],
      ['broken', 'broken-link'],
      ['linked', 'linked-folder'],
      ['pipe', 'not-a-file'],
      ['pipe-link', 'not-a-file'],
      ['sub/up', 'linked-folder'],
      ['twice', 'linked-folder'],
    ].map(([name, reason]) => ({ path: join(folder, name!), reason })),
  )
})

test('links to folders are followed on request, each folder once', async () => {
  const folder = makeFolder()
  const { sources, skipped } = await listSources([folder], { followLinks: true })
  expect(sources).toStrictEqual(
    ['b.txt', 'file-link', 'linked/far.txt', 'sub/a.txt'].map((name) => join(folder, name)),
  )
  expect(skipped.filter(({ reason }) => reason === 'listed-already').map(({ path }) => path)).toStrictEqual([
    join(folder, 'sub/up'),
    join(folder, 'twice'),
  ])
})

// macOS and Windows have no such names.
test.skipIf(process.platform !== 'linux')('a file whose name is not UTF-8 is listed and read', async () => {
  const folder = temporaryFolder()
  const name = Buffer.concat([Buffer.from(`${folder}/grün-`), Buffer.of(0xff, 0xe4), Buffer.from('.txt')])
  writeFileSync(name, 'text')
  mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xc3)]))
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xc3), Buffer.from('/b.txt')]), 'more')
  const { sources, skipped } = await listSources([folder])
  expect(skipped).toStrictEqual([])
  expect(sources).toStrictEqual([`${folder}/grün-\udcff\udce4.txt`, `${folder}/\udcc3/b.txt`])
  const contents: string[] = []
  for (const locator of JSON.parse(JSON.stringify(sources)) as string[]) {
    await using source = await openSource(locator)
    contents.push(Buffer.from(await source.head(10)).toString())
  }
  expect(contents).toStrictEqual(['text', 'more'])
})

/** A folder as `save_to_disk` writes it, with shards whose names do not sort in their order. */
function saveDataset(folder: string, shards: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  for (const shard of shards) copyFileSync(join(fixtures, 'string-stream.arrow'), join(folder, shard))
  const files = shards.map((filename) => ({ filename }))
  writeFileSync(join(folder, 'state.json'), JSON.stringify({ _data_files: files, _split: null }))
  writeFileSync(join(folder, 'dataset_info.json'), '{"features":{}}')
  writeFileSync(join(folder, 'cache-1.arrow'), 'old')
}

test("a folder of Hugging Face's save_to_disk stands for its shards in their order", async () => {
  const folder = temporaryFolder()
  saveDataset(join(folder, 'ds'), ['data-2.arrow', 'data-10.arrow'])
  writeFileSync(join(folder, 'z.txt'), 'z')
  const { sources, skipped } = await listSources([folder])
  expect(sources).toStrictEqual(
    ['ds/data-2.arrow', 'ds/data-10.arrow', 'z.txt'].map((name) => join(folder, name)),
  )
  expect(skipped.map(({ path, reason }) => [path.slice(folder.length + 1), reason])).toStrictEqual([
    ['ds/cache-1.arrow', 'not-data'],
    ['ds/dataset_info.json', 'not-data'],
    ['ds/state.json', 'not-data'],
  ])
})

test('a saved dict of datasets gives its splits in the order of its description', async () => {
  const folder = temporaryFolder()
  for (const split of ['train', 'test']) saveDataset(join(folder, split), ['data.arrow'])
  writeFileSync(join(folder, 'dataset_dict.json'), '{"splits":["train","test"]}')
  const { sources } = await listSources([folder])
  expect(sources).toStrictEqual(['train/data.arrow', 'test/data.arrow'].map((name) => join(folder, name)))
  expect((await listSources([join(folder, 'test')])).sources).toStrictEqual([join(folder, 'test/data.arrow')])
})

test('a saved dataset whose description leads out or names what is missing is refused', async () => {
  for (const name of ['../other.arrow', 'missing.arrow', '/etc/passwd']) {
    const folder = temporaryFolder()
    saveDataset(folder, ['data.arrow'])
    writeFileSync(join(folder, 'state.json'), JSON.stringify({ _data_files: [{ filename: name }] }))
    await expect(listSources([folder])).rejects.toMatchObject({ code: 'not-found', source: folder })
  }
})

test('a folder with a file named state.json is an ordinary folder', async () => {
  const folder = temporaryFolder()
  for (const name of ['state.json', 'dataset_info.json', 'a.txt'])
    writeFileSync(join(folder, name), '{"text":"a"}')
  expect((await listSources([folder])).sources).toHaveLength(3)
})
