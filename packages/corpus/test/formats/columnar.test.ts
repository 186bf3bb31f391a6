import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { expect, test } from 'vitest'
import { detectFormat } from '../../src/detect/detect-format.ts'
import { planSegments } from '../../src/segments/plan-segments.ts'
import { readDocuments } from '../../src/segments/read-segment.ts'
import { collect, collectSegments } from '../collect.ts'
import { MemorySource } from '../memory-source.ts'

const folder = join(import.meta.dirname, '../fixtures')
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)))
const texts: readonly (string | null)[] = JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8'))
const expected = texts.flatMap((text, row) => (text ? [{ text, start: row, end: row + 1 }] : []))
const rowsOf = (wanted: string | null): number[] =>
  texts.flatMap((text, row) => (text === wanted ? [row] : []))
const counted = (rows: readonly number[]) => ({ count: rows.length, first: rows.slice(0, 10) })
const problems = { 'missing-field': counted(rowsOf(null)), 'empty-document': counted(rowsOf('')) }

const names = readdirSync(folder).filter((name) => /\.(arrow|parquet)$/.test(name))

for (const name of names) {
  test(`${name}, written by pyarrow, gives its texts, nulls and empty texts for any segments`, async () => {
    const source = new MemorySource(name, read(name), [700])
    const format = await detectFormat(source)
    for (const targetBytes of [1, 3000, 2 ** 30]) {
      const segments = await planSegments(source, format, { targetBytes })
      expect(segments.length).toBeLessThanOrEqual(5)
      expect(await collectSegments(source, format, segments, { onError: 'skip' })).toStrictEqual({
        documents: expected,
        problems,
      })
    }
    expect(await collect([readDocuments(source, { onError: 'skip' })])).toStrictEqual(expected)
  })
}

test.each(['zstd-v1.parquet', 'none-v2.parquet'])(
  '%s is cut by the bytes that are read, not those stored',
  async (name) => {
    const bytes = read(name)
    const source = new MemorySource(name, bytes)
    const { row_groups: groups } = parquetMetadata(new Uint8Array(bytes).buffer)
    const sizes = groups.map(({ columns }) => {
      const of = columns.map(({ meta_data: column }) => ({
        stored: Number(column!.total_compressed_size),
        plain: Number(column!.total_uncompressed_size),
      }))
      return {
        stored: of.reduce((sum, { stored }) => sum + stored, 0),
        // No column is believed to have more than four times what is stored.
        plain: of.reduce((sum, { stored, plain }) => sum + Math.min(plain, 4 * stored), 0),
      }
    })
    expect(sizes.length).toBeGreaterThan(2)
    if (name.startsWith('zstd'))
      for (const { stored, plain } of sizes) expect(plain).toBeGreaterThan(1.2 * stored)
    const targetBytes = sizes[0]!.plain + sizes[1]!.plain
    const [first] = await planSegments(source, await detectFormat(source), { targetBytes })
    expect(first).toMatchObject({ kind: 'row-groups', start: 0, end: 2 })
  },
)

test('a Parquet file whose columns have other numbers of values than their row group has rows is damaged', async () => {
  // pyarrow 25 gives 66 of the 80 rows without a word: it counts the values of the first column, whatever column is read.
  const bytes = read('zstd-v2.parquet')
  expect(bytes[8635]).toBe(2 * 80)
  bytes[8635] = 2 * 66
  await expect(collect([readDocuments(new MemorySource('a.parquet', bytes))])).rejects.toThrow(
    'column id has 66 values in a row group of 80 rows',
  )
})

for (const name of names.filter((each) => each.endsWith('.arrow'))) {
  test(`${name} is read through a pipe and a compression too`, async () => {
    const piped = new MemorySource(name, read(name), [501], false)
    expect(await collect([readDocuments(piped, { onError: 'skip' })])).toStrictEqual(expected)
    const compressed = new MemorySource(`${name}.gz`, gzipSync(read(name)))
    expect(await collect([readDocuments(compressed, { onError: 'skip' })])).toStrictEqual(expected)
  })
}

for (const name of [
  'string-none.arrow',
  'string-stream.arrow',
  'string-lz4.arrow',
  'none-v1.parquet',
  'snappy-v2.parquet',
]) {
  test(`${name}: a cut at any place is an error, never a shorter table`, async () => {
    const whole = read(name)
    const step = Math.ceil(whole.length / 60)
    for (let length = 16; length < whole.length; length += step) {
      const source = new MemorySource(name, whole.slice(0, length))
      const reading = collect([readDocuments(source, { onError: 'skip' })])
      await expect(reading, `cut at ${length}`).rejects.toMatchObject({ code: 'broken-file', source: name })
    }
  })

  test(`${name}: damage gives an error of ours or other text, never a crash or a hang`, async () => {
    const whole = read(name)
    for (let at = 8; at < whole.length; at += Math.ceil(whole.length / 150)) {
      const damaged = whole.slice()
      damaged[at] = damaged[at]! ^ 0xff
      const source = new MemorySource(name, damaged)
      const outcome = await collect([
        readDocuments(source, { onError: 'skip', maxBatchBytes: 1 << 20 }),
      ]).then(
        () => 'text',
        (error: unknown) => (error instanceof Error && error.name === 'CorpusError' ? 'refused' : error),
      )
      expect(['text', 'refused'], `damage at ${at}`).toContain(outcome)
    }
  })
}

test('messages larger than any chunk are put together, in a file and in a stream', async () => {
  const long = ['x'.repeat(300_000), 'y'.repeat(100_000), 'z']
  const documents = long.map((text, row) => ({ text, start: row, end: row + 1 }))
  for (const kind of ['file', 'stream'] as const) {
    const bytes = tableToIPC(tableFromArrays({ text: long }), kind)
    for (const size of [1 << 20, 1 << 16, 1000]) {
      const source = new MemorySource('a.arrow', bytes, [size])
      expect(await collect([readDocuments(source)])).toStrictEqual(documents)
    }
  }
})

test('a missing column is named, with those that are there', async () => {
  for (const name of ['string-none.arrow', 'none-v1.parquet']) {
    const source = new MemorySource(name, read(name))
    const message = `${name}: has no column "body"; set \`textField\` to one of "id", "text"`
    await expect(collect([readDocuments(source, { field: 'body', onError: 'skip' })])).rejects.toMatchObject({
      code: 'missing-field',
      message,
    })
    await expect(collect([readDocuments(source, { field: 'id', onError: 'skip' })])).rejects.toMatchObject({
      code: 'missing-field',
    })
  }
})

test('batches and pages over the limit are refused', async () => {
  for (const name of ['string-none.arrow', 'none-v2.parquet']) {
    const source = new MemorySource(name, read(name))
    await expect(
      collect([readDocuments(source, { onError: 'skip', maxBatchBytes: 1200 })]),
    ).rejects.toMatchObject({ code: 'too-large' })
  }
})

test('Parquet in a pipe or compressed as a whole is refused with what to do', async () => {
  const piped = new MemorySource('a.parquet', read('none-v1.parquet'), [100], false)
  await expect(collect([readDocuments(piped)])).rejects.toMatchObject({ code: 'not-seekable' })
  const compressed = new MemorySource('a.parquet.gz', gzipSync(read('none-v1.parquet')))
  await expect(collect([readDocuments(compressed)])).rejects.toMatchObject({ code: 'not-seekable' })
})
