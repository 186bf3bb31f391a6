import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DocumentOptions } from '../../src/segments/read-segment.ts'
import { readDocuments } from '../../src/segments/read-segment.ts'
import { MemorySource } from '../memory-source.ts'

/** Texts with their kept values. */
async function read(
  name: string,
  content: string | Uint8Array,
  options: DocumentOptions,
): Promise<{ readonly text: string; readonly kept?: unknown }[]> {
  const documents: { text: string; kept?: unknown }[] = []
  for await (const batch of readDocuments(new MemorySource(name, Buffer.from(content), [5]), options))
    for (const event of batch) {
      if (event.kind === 'start') documents.push({ text: '', ...(event.kept && { kept: event.kept }) })
      if (event.kind === 'bytes') documents.at(-1)!.text += Buffer.from(event.bytes).toString()
    }
  return documents
}

test('dots lead into objects, unless a key has the whole name', async () => {
  const lines = [
    '{"data":{"text":"inner"}}',
    '{"data.text":"whole","data":{"text":"inner"}}',
    '{"data":{"more.text":"half","more":{"text":"deep"}}}',
    '{"data":"text"}',
  ].join('\n')
  expect(await read('a.jsonl', lines, { field: 'data.text', onError: 'skip' })).toStrictEqual([
    { text: 'inner' },
    { text: 'whole' },
  ])
  expect(await read('a.jsonl', lines, { field: 'data.more.text', onError: 'skip' })).toStrictEqual([
    { text: 'half' },
  ])
})

test('a line carries its kept values: texts as they are, others as JSON, nothing as null', async () => {
  const lines =
    '{"text":"a","id":7,"meta":{"lang":"de"},"tags":["x"],"ok":true}\n{"text":"b","id":"7","meta":null}'
  const keep = ['id', 'meta.lang', 'tags', 'ok', '/meta/lang']
  expect(await read('a.jsonl', lines, { keep })).toStrictEqual([
    { text: 'a', kept: ['7', 'de', '["x"]', 'true', 'de'] },
    { text: 'b', kept: ['7', null, null, null, null] },
  ])
})

test('a record carries its kept fields, in a table with any separator', async () => {
  for (const csvSeparator of [';', '|', '\t', ',']) {
    const content = ['id;text;url', '1;"a; ""b""";u', '2;c'].join('\n').replaceAll(';', csvSeparator)
    expect(await read('a.csv', content, { csvSeparator, keep: ['url', 'id'] })).toStrictEqual([
      { text: `a${csvSeparator} "b"`, kept: ['u', '1'] },
      { text: 'c', kept: [null, '2'] },
    ])
  }
})

test('a kept value that is too long is refused with the option that raises the limit', async () => {
  const long = 'ü'.repeat(3000)
  for (const [name, content] of [
    ['a.jsonl', JSON.stringify({ text: 'a', url: long })],
    ['a.csv', `text,url\na,${long}`],
  ] as const) {
    await expect(read(name, content, { keep: ['url'] })).rejects.toMatchObject({
      code: 'too-large',
      hint: { option: 'maxKeptBytes', value: '6000' },
    })
    expect(await read(name, content, { keep: ['url'], maxKeptBytes: 6000 })).toHaveLength(1)
  }
})

test('kept numbers have all the digits that the line writes', async () => {
  const numbers = ['9007199254740993', '-123456789012345678901234567890', '1e999', '0.5', '-7', '100']
  const lines = numbers.map((number) => `{"text":"a","n":${number},"in":{"list":[1,${number}]}}`).join('\n')
  const kept = (await read('a.jsonl', lines, { keep: ['n', 'in', 'in.list'] })).map(
    (document) => document.kept,
  )
  expect(kept).toStrictEqual(numbers.map((n) => [n, `{"list":[1,${n}]}`, `[1,${n}]`]))
})

test('columns of tables are kept with all their digits, as pyarrow has them', async () => {
  const folder = join(import.meta.dirname, '../fixtures/kept')
  const expected = JSON.parse(readFileSync(join(folder, 'kept.json'), 'utf8')) as Record<string, unknown[]>
  const all = Object.keys(expected)
  const inParquet = all.slice(0, all.indexOf('text') + 1)
  for (const [file, names] of [
    ['kept.parquet', inParquet],
    ['kept-plain.parquet', inParquet.filter((name) => name !== 'nanos')],
    ['kept-int96.parquet', ['nanos']],
    ['kept.arrow', all],
  ] as const) {
    const documents = await read(file, readFileSync(join(folder, file)), { field: 'body', keep: names })
    const rows = [0, 1, 2].map((row) => names.map((name) => expected[name]![row]))
    expect(documents.map(({ kept }) => kept)).toStrictEqual(rows)
  }
})

test('a kept value that is no text is dealt with by policy, as the text is', async () => {
  const bad = Buffer.concat([Buffer.from('text,url\na,'), Buffer.of(0xff), Buffer.from('\nb,u')])
  const half = '{"text":"a","url":"\\ud800"}\n{"text":"b","url":"u"}'
  for (const [name, content, code] of [
    ['a.csv', bad, 'invalid-utf8'],
    ['a.jsonl', half, 'lone-surrogate'],
  ] as const) {
    const readAs = (onError: 'fail' | 'skip' | 'replace') => read(name, content, { keep: ['url'], onError })
    await expect(readAs('fail')).rejects.toMatchObject({ code })
    expect(await readAs('skip')).toStrictEqual([{ text: 'b', kept: ['u'] }])
    expect(await readAs('replace')).toStrictEqual([
      { text: 'a', kept: ['\ufffd'] },
      { text: 'b', kept: ['u'] },
    ])
  }
})

test('a plain text has no fields to keep', async () => {
  expect(await read('a.txt', 'text', { keep: ['id'] })).toStrictEqual([{ text: 'text', kept: [null] }])
})

test('byte order marks where files were joined are passed over', async () => {
  const mark = '\ufeff'
  expect(await read('a.jsonl', `${mark}{"text":"a"}\n${mark}{"text":"b"}\n${mark}\n`, {})).toStrictEqual([
    { text: 'a' },
    { text: 'b' },
  ])
})

test('a byte order mark within a CSV is text, as for the csv module of Python, but not before a quote', async () => {
  const mark = '\ufeff'
  // csv.reader(io.StringIO(...), strict=True) of Python 3.11, after `utf-8-sig`.
  expect(await read('a.csv', `${mark}text,n\n${mark}a,1\n"${mark}c",2\n${mark}\n`, {})).toStrictEqual([
    { text: `${mark}a` },
    { text: `${mark}c` },
    { text: mark },
  ])
  const joined = `${mark}text\n"a"\n${mark}"b, c"\nd`
  await expect(read('a.csv', joined, {})).rejects.toMatchObject({ code: 'broken-csv', position: 12 })
  expect(await read('a.csv', joined, { onError: 'skip' })).toStrictEqual([{ text: 'a' }, { text: 'd' }])
})

test('a line that is not an object is refused by its type, with what to do', async () => {
  const messages = {
    '[{"text":"a"}]': "a line is a JSON array, not an object; make its elements lines: jq -c '.[]' FILE",
    '"text"': 'a line is string, not a JSON object',
    null: 'a line is null, not a JSON object',
    '{"text":["a"]}': 'a line has no text (array) in its field "text"',
    '{\n"text":"a"}': 'if a value takes several lines, make it one: jq -c . FILE',
  }
  for (const [content, message] of Object.entries(messages))
    await expect(read('a.jsonl', content, {})).rejects.toThrow(message)
})
