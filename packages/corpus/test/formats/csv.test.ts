import { parse } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReadOptions } from '../../src/documents/read-options.ts'
import { collectSegments } from '../collect.ts'
import { MemorySource } from '../memory-source.ts'
import { chunkSizes } from '../utf8/arbitrary.ts'

async function read(
  content: string | Buffer,
  options: ReadOptions = {},
  name = 'a.csv',
  sizes: readonly number[] = [3, 1, 50],
) {
  const source = new MemorySource(name, Buffer.from(content), sizes)
  return collectSegments(source, { format: 'csv', compression: 'none' }, [{ kind: 'whole' }], options)
}

test('quotes, line feeds, byte order marks, ragged records and empty lines are read as CSV has them', async () => {
  const content = '\ufeffid,text\r\n1,"a ""b""\nc"\r\n\r\n2\r\n3,d,more\r\n4,\r\n'
  const { documents, problems } = await read(content, { onError: 'skip' })
  expect(documents).toStrictEqual([
    { text: 'a "b"\nc', start: 12, end: 26 },
    { text: 'd', start: 32, end: 41 },
  ])
  expect(problems).toStrictEqual({
    'missing-field': { count: 1, first: [29] },
    'empty-document': { count: 1, first: [42] },
  })
})

test('a header in quotes may follow a byte order mark', async () => {
  expect((await read('\ufeff"text","a\nb"\nx,y')).documents.map(({ text }) => text)).toStrictEqual(['x'])
})

const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' '), maxLength: 6 })
const written = fc.oneof(
  cell.map((value) => ({ value, text: `"${value.replaceAll('"', '""')}"` })),
  fc
    .string({ unit: fc.constantFrom('a', 'b', 'é', ' '), maxLength: 4 })
    .map((value) => ({ value, text: value })),
)

test('any records in any chunks are read as csv-parse reads them', async () => {
  const records = fc.array(fc.array(written, { minLength: 2, maxLength: 4 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      chunkSizes,
      async (rows, lineEnd, ends, sizes) => {
        const lines = ['id,text', ...rows.map((row) => row.map(({ text }) => text).join(','))]
        const content = lines.join(lineEnd) + (ends ? lineEnd : '')
        const { documents } = await read(content, { onError: 'skip' }, 'a.csv', sizes)
        const parsed: string[][] = parse(content, {
          relax_column_count: true,
          skip_empty_lines: true,
          record_delimiter: lineEnd,
        })
        const expected = parsed.slice(1).map(([, text = '']) => text)
        expect(documents.map(({ text }) => text)).toStrictEqual(expected.filter((text) => text !== ''))
        expect(expected).toStrictEqual(rows.map((row) => row[1]?.value))
      },
    ),
    { numRuns: 400 },
  )
})

test('any bytes are read to the end, whatever the chunks', async () => {
  const content = fc.string({ unit: fc.constantFrom('a', '"', '"', ',', '\n', '\r'), maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(content, chunkSizes, async (text, sizes) => {
      const options = { onError: 'skip', maxLineBytes: 12 } as const
      const whole = await read(`text\n${text}`, options, 'a.csv', [1000])
      expect(await read(`text\n${text}`, options, 'a.csv', sizes)).toStrictEqual(whole)
    }),
    { numRuns: 500 },
  )
})

test('the delimiter is a tab for .tsv, or what is asked for', async () => {
  expect((await read('id\ttext\n1\ta,b', {}, 'a.tsv')).documents[0]?.text).toBe('a,b')
  expect((await read('id;text\n1;a,b', { csvSeparator: ';' })).documents[0]?.text).toBe('a,b')
})

test('a record that is not CSV, too long or not UTF-8 is counted in its place, and the next ones are read', async () => {
  const rows = [
    'id,text',
    '0,a',
    '1,"b" x',
    '2,c',
    `3,${'d'.repeat(200)}`,
    '4,e',
    '5,\xff',
    '6,f',
    `7,"${'g\n'.repeat(60)}"`,
    '8,h',
    '9,"i',
  ]
  const { documents, problems } = await read(Buffer.from(rows.join('\n'), 'latin1'), {
    onError: 'skip',
    maxLineBytes: 100,
  })
  expect(documents.map(({ text }) => text)).toStrictEqual(['a', 'c', 'e', 'f', 'h'])
  const at = (k: number): number => rows.slice(0, k).join('\n').length + 1
  expect(problems).toStrictEqual({
    'invalid-utf8': { count: 1, first: [at(6)] },
    'broken-csv': { count: 2, first: [at(2), at(10)] },
    'line-too-long': { count: 2, first: [at(4), at(8)] },
  })
})

test('an invalid byte is replaced, or fails with its place', async () => {
  const content = Buffer.from('text\n"a\xffb"', 'latin1')
  expect((await read(content, { onError: 'replace' })).documents[0]?.text).toBe('a\ufffdb')
  await expect(read(content)).rejects.toMatchObject({ code: 'invalid-utf8', position: 5 })
})

test('a missing column is named, with those that are there; so is a missing header', async () => {
  await expect(read('id,body\n1,a')).rejects.toMatchObject({
    code: 'missing-field',
    message: 'a.csv: has no column "text"; set `textField` to one of "id", "body"',
  })
  await expect(read('')).rejects.toMatchObject({ code: 'missing-field' })
})
