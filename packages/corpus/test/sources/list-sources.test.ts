import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listSources } from '../../src/listing/list-sources.ts'
import { openSource } from '../../src/sources/open-source.ts'

const folder = temporaryFolder({ removeAt: afterAll })
const at = (...parts: string[]): string => join(folder, ...parts)

beforeAll(async () => {
  await mkdir(at('b', 'deep'), { recursive: true })
  await mkdir(at('.git'))
  for (const name of ['a.txt', 'B.txt', 'a[1].txt', 'b/c.jsonl', 'b/deep/d.txt', 'b/.hidden', '.git/x']) {
    await writeFile(at(name), name)
  }
  await symlink(at('a.txt'), at('link.txt'))
  await symlink(folder, at('b', 'round'))
  await symlink(at('gone'), at('broken.txt'))
})

test('a folder is all its files in one order, and says what it passed over', async () => {
  const { sources, skipped } = await listSources([folder])
  const names = ['B.txt', 'a.txt', 'a[1].txt', 'b/c.jsonl', 'b/deep/d.txt', 'link.txt']
  expect(sources).toStrictEqual(names.map((name) => at(name)))
  expect(skipped.toSorted((left, right) => (left.path < right.path ? -1 : 1))).toStrictEqual([
    { path: at('.git'), reason: 'hidden' },
    { path: at('b/.hidden'), reason: 'hidden' },
    { path: at('b/round'), reason: 'linked-folder' },
    { path: at('broken.txt'), reason: 'broken-link' },
  ])
})

test('a glob without a folder is about the working folder', async () => {
  const before = process.cwd()
  process.chdir(folder)
  try {
    const { sources } = await listSources(['*.txt'])
    expect(sources).toStrictEqual(['B.txt', 'a.txt', 'a[1].txt', 'link.txt'])
  } finally {
    process.chdir(before)
  }
})

test('globs are sorted, inputs keep their order, a path that exists is itself', async () => {
  const { sources } = await listSources([
    at('b/**/*'),
    '-',
    at('a[1].txt'),
    'https://example.org/x.txt',
    at('*.txt'),
  ])
  expect(sources).toStrictEqual([
    at('b/c.jsonl'),
    at('b/deep/d.txt'),
    '-',
    at('a[1].txt'),
    'https://example.org/x.txt',
    at('B.txt'),
    at('a.txt'),
    at('a[1].txt'),
    at('link.txt'),
  ])
})

test('inputs that match nothing are an error', async () => {
  await expect(listSources([at('*.parquet')])).rejects.toMatchObject({ code: 'no-match' })
  await expect(listSources([at('missing.txt')])).rejects.toMatchObject({ code: 'not-found' })
  await mkdir(at('empty'))
  await expect(listSources([at('empty')])).rejects.toMatchObject({ code: 'no-match' })
})

test('a folder that may not be looked into is named', async () => {
  await mkdir(at('closed', 'inner'), { recursive: true })
  await chmod(folder, 0o755)
  await chmod(at('closed', 'inner'), 0)
  // Root may look into everything.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    await expect(listSources([at('closed')])).rejects.toMatchObject({
      code: 'not-readable',
      message: `${at('closed', 'inner')}: permission denied; check who may read it`,
    })
  } finally {
    if (isRoot) process.seteuid?.(0)
    await chmod(at('closed', 'inner'), 0o755)
  }
})

test('an unknown scheme is refused by name', async () => {
  await expect(openSource('ftp://example.org/a.txt')).rejects.toMatchObject({ code: 'invalid-options' })
  await expect(openSource('http://[broken')).rejects.toMatchObject({ code: 'invalid-options' })
})

test('standard input is a source, looked at first and read once', async () => {
  const program = `
    import { detectFormat, openSource, readDocuments } from '@sluice/corpus'
    await using source = await openSource('-')
    const format = await detectFormat(source)
    let text = ''
    for await (const batch of readDocuments(source)) {
      for (const event of batch) if (event.kind === 'bytes') text += Buffer.from(event.bytes).toString() + '|'
    }
    console.log(JSON.stringify([format.format, text]))`
  const child = spawn(
    process.execPath,
    ['--conditions=@sluice/source', '--input-type=module', '-e', program],
    {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  child.stdin.end('{"text":"one"}\n{"text":"two"}\n')
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  expect(JSON.parse(output)).toStrictEqual(['jsonl', 'one|two|'])
})
