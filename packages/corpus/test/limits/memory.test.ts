import { execFile } from 'node:child_process'
import { createWriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { brotliCompressSync, createGzip, createZstdCompress, gzipSync } from 'node:zlib'
import { temporaryFolder } from '@sluice/testing'
import { expect, test, vi } from 'vitest'

// Each test starts processes of its own.
vi.setConfig({ testTimeout: 300_000 })

/** Most memory that reading any source may take, the runtime's own of about 90 MB included. */
const mostMegabytes = 600

interface Read {
  readonly outcome: string
  readonly text: number
  readonly megabytes: number
}

async function readInChild(path: string, options: object = {}): Promise<Read> {
  const child = join(import.meta.dirname, 'read-child.ts')
  const args = ['--conditions=@sluice/source', child, path, JSON.stringify(options)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const read = JSON.parse(stdout) as Read
  expect(read.megabytes).toBeLessThan(mostMegabytes)
  return read
}

/** A megabyte of prose again and again. */
function* repeated(megabytes: number, piece: string): Generator<Buffer> {
  const chunk = Buffer.from(piece.repeat(Math.ceil((1 << 20) / piece.length)).slice(0, 1 << 20))
  for (let k = 0; k < megabytes; k++) yield chunk
}

const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name)

test('a kilobyte of a table that stands for gigabytes of text is refused', async () => {
  for (const name of ['dict_amplify.arrow', 'dict_amplify.parquet']) {
    const { outcome, text } = await readInChild(fixture(name))
    expect(outcome).toBe('too-large')
    expect(text).toBeLessThan(80 << 20)
  }
})

test('a page that decompresses to hundreds of megabytes is refused', async () => {
  expect(await readInChild(fixture('page_brotli_900.parquet'))).toMatchObject({
    outcome: 'too-large',
    text: 0,
  })
})

test('a run of two billion levels in a page of a few rows is refused before it is made', async () => {
  // Found by the fuzzer: a damaged file of pyarrow's.
  const { outcome, megabytes } = await readInChild(fixture('long_run.parquet'))
  expect(outcome).toBe('broken-file')
  expect(megabytes).toBeLessThan(250)
})

test('a compressed text a thousand times as long as its file is refused, and read when the limit is raised', async () => {
  const path = join(temporaryFolder(), 'long.txt.zst')
  await pipeline(
    Readable.from(repeated(100, 'the quick brown fox. ')),
    createZstdCompress(),
    createWriteStream(path),
  )
  expect((await readInChild(path)).outcome).toBe('too-large')
  expect(await readInChild(path, { maxRatio: 1_000_000 })).toMatchObject({ outcome: 'read', text: 100 << 20 })
  const bounded = await readInChild(path, { maxRatio: 1_000_000, maxTextBytes: 1 << 20 })
  expect(bounded.outcome).toBe('too-large')
})

test('a line, a record and a quote without an end are passed over in bounded memory', async () => {
  const folder = temporaryFolder()
  const maxLineBytes = 8 << 20
  for (const [name, piece, reason] of [
    ['line.jsonl.gz', '{"text":"', 'line-too-long'],
    ['record.csv.gz', 'text', 'line-too-long'],
    ['quote.csv.gz', '"a\n', 'broken-csv'],
  ] as const) {
    const path = join(folder, name)
    const header = name.includes('csv') ? [Buffer.from('text\n"')] : []
    const content = [...header, ...repeated(24, piece)]
    await pipeline(Readable.from(content), createGzip({ level: 1 }), createWriteStream(path))
    expect((await readInChild(path, { onError: 'skip', maxLineBytes })).outcome).toBe('read')
    expect((await readInChild(path, { maxLineBytes })).outcome).toBe(reason)
  }
})

test('a file does not get the memory that its header asks for', async () => {
  const folder = temporaryFolder()
  // A frame with a window of 1.75 GiB and a raw block of four bytes.
  const frame = (window: number): Buffer =>
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x21, 0x00, 0x00, ...Buffer.from('text')])
  const path = join(folder, 'a.txt.zst')
  writeFileSync(path, frame(((30 - 10) << 3) | 6))
  expect((await readInChild(path)).outcome).toBe('too-large')
  expect(await readInChild(path, { maxWindowBytes: 2 ** 31 })).toMatchObject({ outcome: 'read', text: 4 })
  writeFileSync(path, frame((28 - 10) << 3))
  expect(await readInChild(path)).toMatchObject({ outcome: 'read', text: 4 })
})

test('a length without bytes behind it costs no memory', async () => {
  const folder = temporaryFolder()
  const stream = join(folder, 'a.arrow')
  writeFileSync(stream, Buffer.from('ffffffff00000004', 'hex'))
  expect((await readInChild(stream, { format: 'arrow-stream' })).outcome).toBe('broken-file')
  const nested = join(folder, 'a.txt.gz')
  writeFileSync(nested, gzipSync(gzipSync(Buffer.alloc(70 << 20))))
  expect((await readInChild(nested)).outcome).toBe('unsupported-format')
  const zeros = join(folder, 'a.txt.br')
  writeFileSync(zeros, brotliCompressSync(Buffer.alloc(70 << 20, 0x61)))
  expect((await readInChild(zeros)).outcome).toBe('too-large')
})
