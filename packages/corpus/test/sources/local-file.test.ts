import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { appendFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { openLocalFile } from '../../src/sources/local-file.ts'

const folder = temporaryFolder({ removeAt: afterAll })

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = []
  for await (const chunk of chunks) copies.push(Buffer.from(chunk))
  return Buffer.concat(copies)
}

test('a file is read by ranges and as a stream, and identified', async () => {
  const path = join(folder, 'a.txt')
  const bytes = Buffer.alloc(2_500_000, 'sluice ')
  await writeFile(path, bytes)
  await using source = await openLocalFile(path)
  expect(source.byteLength).toBe(bytes.length)
  expect(Buffer.from(await source.read(7, 13)).toString()).toBe('sluice')
  expect((await collect(source.stream())).equals(bytes)).toBe(true)
  expect(
    (await collect(source.stream({ start: 5, end: 1_200_000 }))).equals(bytes.subarray(5, 1_200_000)),
  ).toBe(true)
  expect(await source.identify()).toStrictEqual({
    byteLength: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
})

/** More bytes than are worth a thread, and no whole number of what is read at a time. */
const large = (64 << 20) + 12_345

test('a large file is hashed by a thread beside: the same hash, one file after the other and two at once', async () => {
  const path = join(folder, 'large.txt')
  const bytes = Buffer.alloc(large, 'sluice beside ')
  await writeFile(path, bytes)
  // Modules that have no thread yet: which ones an earlier test left for the next file cannot be told.
  vi.resetModules()
  const { openLocalFile: open } = await import('../../src/sources/local-file.ts')
  let threads = 0
  const onThread = (): void => void threads++
  process.on('worker', onThread)
  onTestFinished(() => void process.off('worker', onThread))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const identify = async (beside = true): Promise<number> => {
    await using source = await open(path)
    let read = 0
    const onBytes = (byteLength: number): void => void (read += byteLength)
    expect(await source.identify({ beside, onBytes })).toStrictEqual({ byteLength: large, sha256 })
    return read
  }
  expect(await identify(false)).toBe(large)
  expect(threads).toBe(0)
  expect(await identify()).toBe(large)
  expect(threads).toBe(1)
  // The first thread, which has nothing to do, and another one.
  expect(await Promise.all([identify(), identify()])).toEqual([large, large])
  expect(threads).toBe(2)
})

test('a file that is not worth a thread starts none', async () => {
  const path = join(folder, 'small.txt')
  await writeFile(path, 'sluice')
  let threads = 0
  const onThread = (): void => void threads++
  process.on('worker', onThread)
  onTestFinished(() => void process.off('worker', onThread))
  await using source = await openLocalFile(path)
  await source.identify({ beside: true })
  expect(threads).toBe(0)
})

test('a large file that ends early is noticed by the thread beside, and reading it can be stopped', async () => {
  const path = join(folder, 'shrinking.txt')
  await writeFile(path, Buffer.alloc(large))
  await using source = await openLocalFile(path)
  const stopped = new AbortController()
  const identifying = source.identify({
    beside: true,
    signal: stopped.signal,
    onBytes: () => stopped.abort(),
  })
  await expect(identifying).rejects.toMatchObject({ name: 'AbortError' })
  await truncate(path, 5_000_000)
  await expect(source.identify({ beside: true })).rejects.toMatchObject({
    code: 'source-changed',
    position: 5_000_000,
  })
})

test('an error about a path says what is wrong with it', async () => {
  const missing = join(folder, 'missing.txt')
  await expect(openLocalFile(missing)).rejects.toMatchObject({ code: 'not-found', source: missing })
  await expect(openLocalFile(folder)).rejects.toMatchObject({ code: 'is-a-folder' })
  await expect(openLocalFile(join(folder, 'a.txt', 'b'))).rejects.toMatchObject({ code: 'not-found' })
})

test('a file that grows or shrinks while it is read is noticed', async () => {
  const path = join(folder, 'log.txt')
  await writeFile(path, 'one\n')
  await using growing = await openLocalFile(path)
  await appendFile(path, 'two\n')
  await expect(growing.identify()).rejects.toMatchObject({ code: 'source-changed' })
  await using shrinking = await openLocalFile(path)
  await truncate(path, 2)
  await expect(collect(shrinking.stream())).rejects.toMatchObject({ code: 'source-changed', position: 2 })
})

test('a named pipe is read once, after a look at its head', async () => {
  const path = join(folder, 'pipe')
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path])
  const written = writeFile(path, 'through a pipe')
  await using source = await openLocalFile(path)
  await written
  expect(source.seekable).toBe(false)
  expect(Buffer.from(await source.head(7)).toString()).toBe('through')
  expect((await collect(source.stream())).toString()).toBe('through a pipe')
  await expect(collect(source.stream())).rejects.toMatchObject({ code: 'read-twice' })
})
