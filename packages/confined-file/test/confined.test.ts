import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfinedFolder, openConfinedFile } from '../src/index.ts'

let base: string
let root: string
let outside: string

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'confined-'))
  root = join(base, 'root')
  outside = join(base, 'outside')
  await mkdir(join(root, 'inner'), { recursive: true })
  await mkdir(outside)
  await writeFile(join(root, 'inner/a.txt'), 'inside')
  await writeFile(join(outside, 'a.txt'), 'outside')
})

afterEach(() => rm(base, { recursive: true }))

async function read(name: string, links: 'inside' | 'refuse' = 'inside'): Promise<string> {
  await using handle = await openConfinedFile(root, name, { links })
  return (await handle.readFile()).toString()
}

test('a file below the folder is read, also through links that stay inside', async () => {
  await symlink('inner/a.txt', join(root, 'file-link'))
  await symlink('inner', join(root, 'folder-link'))
  expect(await read('inner/a.txt')).toBe('inside')
  expect(await read('inner/a.txt', 'refuse')).toBe('inside')
  expect(await read('file-link')).toBe('inside')
  expect(await read('folder-link/a.txt')).toBe('inside')
  for (const name of ['file-link', 'folder-link/a.txt'])
    await expect(read(name, 'refuse')).rejects.toMatchObject({ code: 'leads-outside' })
})

test('a link that leads out is refused at any step of a path', async () => {
  await symlink(join(outside, 'a.txt'), join(root, 'file-link'))
  await symlink(outside, join(root, 'folder-link'))
  await symlink('../../outside', join(root, 'inner/up'))
  for (const name of ['file-link', 'folder-link/a.txt', 'inner/up/a.txt'])
    for (const links of ['inside', 'refuse'] as const)
      await expect(read(name, links)).rejects.toMatchObject({ code: 'leads-outside', blame: 'input' })
})

test('a name that is not a plain relative path is refused', async () => {
  for (const name of [
    '',
    '.',
    '..',
    '../outside/a.txt',
    '/etc/passwd',
    'inner/../../outside/a.txt',
    'inner//a.txt',
    'a\\b',
  ])
    await expect(read(name)).rejects.toMatchObject({ code: 'invalid-name' })
})

test('a pipe or device in place of a file is refused without waiting for it', async () => {
  execFileSync('mkfifo', [join(root, 'pipe')])
  await symlink('/dev/zero', join(root, 'device'))
  await using folder = await ConfinedFolder.open(root)
  for (const name of ['pipe', 'inner']) {
    await expect(read(name)).rejects.toMatchObject({ code: 'not-a-file' })
    await expect(folder.openFile(name)).rejects.toMatchObject({ code: 'not-a-file' })
  }
  await expect(read('device')).rejects.toMatchObject({ code: 'leads-outside' })
  await expect(read('missing')).rejects.toMatchObject({ code: 'ENOENT' })
})

// Only Linux names what is open.
test.skipIf(process.platform !== 'linux')(
  'nothing outside is read while an entry is swapped for a link over and over',
  async () => {
    const path = join(root, 'inner/a.txt')
    const stop = new AbortController()
    const swap = (async () => {
      for (let k = 0; !stop.signal.aborted; k++) {
        await symlink(join(outside, 'a.txt'), join(root, `link-${k}`))
        await rename(join(root, `link-${k}`), path)
        await writeFile(join(root, `file-${k}`), 'inside')
        await rename(join(root, `file-${k}`), path)
      }
    })()
    const seen = new Set<string>()
    for (let k = 0; k < 1000; k++) {
      const outcome = await read('inner/a.txt').catch((error: unknown) =>
        String(Reflect.get(error as object, 'code')),
      )
      seen.add(outcome)
    }
    stop.abort()
    await swap
    expect(seen).not.toContain('outside')
    expect(seen).toContain('inside')
  },
)

test.skipIf(process.platform !== 'linux')(
  'a folder that is replaced by a link after it was opened is still the one that was opened',
  async () => {
    await using folder = await ConfinedFolder.open(root)
    await using inner = await folder.folder('inner')
    await rename(join(root, 'inner'), join(root, 'moved'))
    await symlink(outside, join(root, 'inner'))
    await using file = await inner.createFile('new.txt')
    await file.writeFile('text')
    expect(await readdir(outside)).toStrictEqual(['a.txt'])
    expect((await readdir(join(root, 'moved'))).toSorted()).toStrictEqual(['a.txt', 'new.txt'])
    await expect(folder.folder('inner')).rejects.toMatchObject({ code: 'not-a-folder' })
    await expect(folder.makeFolder('inner')).rejects.toMatchObject({ code: 'not-a-folder' })
  },
)

test('removing never follows a link', async () => {
  await symlink(outside, join(root, 'inner/link'))
  await symlink(outside, join(root, 'top-link'))
  await using folder = await ConfinedFolder.open(root)
  await folder.remove('top-link')
  await folder.remove('inner')
  await folder.remove('missing')
  expect(await readdir(root)).toStrictEqual([])
  expect(await readFile(join(outside, 'a.txt'), 'utf8')).toBe('outside')
})

test('a folder of many entries and folders is removed whole', async () => {
  for (let i = 0; i < 40; i++) {
    await mkdir(join(root, `inner/${i}/${i % 3}`), { recursive: true })
    await writeFile(join(root, `inner/${i}/${i % 3}/file`), 'text')
    await writeFile(join(root, `inner/${i}.txt`), 'text')
  }
  await using folder = await ConfinedFolder.open(root)
  await folder.remove('inner')
  expect(await readdir(root)).toStrictEqual([])
})

test('several that remove one folder at a time leave nothing of it', async () => {
  for (let i = 0; i < 200; i++) await writeFile(join(root, `inner/${i}.txt`), 'text')
  await using folder = await ConfinedFolder.open(root)
  await Promise.all(Array.from({ length: 4 }, () => folder.remove('inner')))
  expect(await readdir(root)).toStrictEqual([])
})

test('creating a file neither follows nor replaces what has its name', async () => {
  await symlink(join(outside, 'new.txt'), join(root, 'link'))
  await using folder = await ConfinedFolder.open(root)
  await expect(folder.createFile('link')).rejects.toMatchObject({ code: 'EEXIST' })
  await using file = await folder.createFile('temporary')
  await file.writeFile('text')
  await folder.link('temporary', folder, 'final')
  await expect(folder.link('temporary', folder, 'final')).rejects.toMatchObject({ code: 'EEXIST' })
  await folder.rename('temporary', folder, 'renamed')
  await folder.sync()
  expect((await folder.entries()).map(({ name }) => name).toSorted()).toStrictEqual([
    'final',
    'inner',
    'link',
    'renamed',
  ])
  expect(await readdir(outside)).toStrictEqual(['a.txt'])
})
