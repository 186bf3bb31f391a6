import { createHash } from 'node:crypto'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { folderStorage, nodeFileSystem, type FileSystem } from '../../src/index.ts'
import { beginHash } from '../../src/storage/hash-beside.ts'

const block = 4096

/** A second descriptor that takes anything, so that what is tested does not depend on the file system that tests run on. */
const likeDirect: FileSystem = {
  ...nodeFileSystem,
  openDirect: (fd) => openSync(`/proc/self/fd/${fd}`, 'r+'),
}

/** Writes pieces of random lengths, each in memory that is written over as soon as it may be; gives the file and what it should be. */
async function writePieces(
  fileSystem: FileSystem,
  seed: number,
  largest: number,
  hashBeside: boolean,
): Promise<{
  readonly file: Buffer
  readonly expected: Buffer
  /** What the object says that it wrote. */
  readonly sha256: string | undefined
}> {
  const random = seededRandom(seed)
  const folder = temporaryFolder()
  const storage = folderStorage(folder, { fileSystem, directByteLength: 2 * block, hashBeside })
  const staged = await storage.stage('x', { uncached: true })
  const memory = new Uint8Array(largest)
  const expected: Buffer[] = []
  for (let piece = 0; piece < 40; piece++) {
    const bytes = memory.subarray(0, Math.floor(random() * largest))
    for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(random() * 256)
    expected.push(Buffer.from(bytes))
    await staged.write([bytes])
  }
  expect(staged.byteLength).toBe(Buffer.concat(expected).length)
  const sha256 = await staged.hashed?.sha256()
  await staged.publish('x')
  return { file: readFileSync(join(folder, 'x')), expected: Buffer.concat(expected), sha256 }
}

test.skipIf(process.platform !== 'linux').each([
  { name: 'the real calls', fileSystem: nodeFileSystem },
  { name: 'any file system', fileSystem: likeDirect },
  {
    name: 'a file system that refuses the first direct write',
    fileSystem: {
      ...likeDirect,
      // Reading only: writes to it fail, as they do where the flag was taken in vain.
      openDirect: (fd: number) => openSync(`/proc/self/fd/${fd}`, 'r'),
      write: async (fd: number, bytes: Uint8Array, position: number) => {
        try {
          return await nodeFileSystem.write(fd, bytes, position)
        } catch (cause) {
          throw Object.assign(new Error('injected', { cause }), { code: 'EINVAL' })
        }
      },
    },
  },
  {
    name: 'short writes',
    fileSystem: {
      ...likeDirect,
      write: (fd: number, bytes: Uint8Array, position: number) =>
        nodeFileSystem.write(fd, bytes.subarray(0, block), position),
    },
  },
])('pieces of any length come out as they went in: $name', async ({ fileSystem }) => {
  for (let seed = 0; seed < 6; seed++) {
    for (const largest of [200, block, 5 * block]) {
      const hashBeside = seed % 2 === 0
      const { file, expected, sha256 } = await writePieces(fileSystem, seed, largest, hashBeside)
      const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
      expect([file.length, sum(file)]).toEqual([expected.length, sum(expected)])
      // Where the file system of the tests cannot write directly, whoever writes has to hash.
      if (!hashBeside || fileSystem !== nodeFileSystem)
        expect(sha256).toBe(hashBeside ? sum(expected) : undefined)
      else expect([undefined, sum(expected)]).toContain(sha256)
    }
  }
})

test.skipIf(process.platform !== 'linux')(
  'a chunk is written at its place, whole blocks directly and the rest through the cache',
  async () => {
    const calls: string[] = []
    const fileSystem: FileSystem = {
      ...likeDirect,
      write(fd, bytes, position) {
        calls.push(`direct ${position}+${bytes.length}`)
        return nodeFileSystem.write(fd, bytes, position)
      },
      writevSync(fd, buffers, position) {
        calls.push(`cached ${position}+${buffers[0]!.byteLength}`)
        return nodeFileSystem.writevSync(fd, buffers, position)
      },
    }
    const storage = folderStorage(temporaryFolder(), { fileSystem, directByteLength: 2 * block })
    const write = async (name: string, byteLength: number): Promise<readonly string[]> => {
      calls.length = 0
      const staged = await storage.stage(name, { uncached: true })
      await staged.write([new Uint8Array(byteLength)])
      await staged.publish(name)
      return [...calls]
    }
    expect(await write('short', 2 * block - 1)).toEqual([`cached 0+${2 * block - 1}`])
    expect(await write('exact', 2 * block)).toEqual([`direct 0+${2 * block}`])
    expect(await write('long', 3 * block + 5)).toEqual([
      `direct 0+${2 * block}`,
      `direct ${2 * block}+${block}`,
      `cached ${3 * block}+5`,
    ])
  },
)

test.skipIf(process.platform !== 'linux')(
  'what a write around the cache fails with is the error of the object, whoever waits for it',
  async () => {
    const fileSystem: FileSystem = {
      ...likeDirect,
      write: () => Promise.reject(Object.assign(new Error('injected'), { code: 'ENOSPC' })),
    }
    const folder = temporaryFolder()
    for (const [chunks, hashBeside] of [
      [1, false],
      [20, false],
      [1, true],
      [20, true],
    ] as const) {
      const storage = folderStorage(folder, { fileSystem, directByteLength: block, hashBeside })
      const staged = await storage.stage('x', { uncached: true })
      const writing = async (): Promise<unknown> => {
        for (let chunk = 0; chunk < chunks; chunk++) await staged.write([new Uint8Array(block)])
        await staged.hashed?.sha256()
        return staged.publish('x')
      }
      await expect(writing()).rejects.toMatchObject({ code: 'no-space', message: /write at byte 0 of/ })
      await staged.discard()
      expect(await storage.leftovers()).toEqual([])
    }
  },
)

test.skipIf(process.platform !== 'linux').each(['between two chunks', 'under a chunk'])(
  'an object whose hashing thread dies %s is never published under a hash of half of it',
  async (when) => {
    const storage = folderStorage(temporaryFolder(), {
      fileSystem: likeDirect,
      directByteLength: block,
      hashBeside: true,
    })
    const staged = await storage.stage('x', { uncached: true })
    const die = (): Promise<unknown> =>
      beginHash()
        .update(5 as never)
        .catch((error: unknown) => error)
    const writing = async (): Promise<void> => {
      await staged.write([new Uint8Array(3 * block)])
      const dying = die()
      if (when === 'between two chunks') await dying
      await staged.write([new Uint8Array(9 * block)])
      await staged.hashed!.sha256()
    }
    await expect(writing()).rejects.toMatchObject({ code: 'io' })
    await staged.discard()
    expect(await storage.leftovers()).toEqual([])
  },
)
