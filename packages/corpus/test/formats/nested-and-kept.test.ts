import { expect, test } from 'vitest'
import type { DocumentOptions } from '../../src/segments/read-segment.ts'
import { readDocuments } from '../../src/segments/read-segment.ts'
import { MemorySource } from '../memory-source.ts'

/** Texts with their kept values. */
async function read(name: string, content: string, options: DocumentOptions): Promise<unknown[]> {
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

test('a plain text has no fields to keep', async () => {
  expect(await read('a.txt', 'text', { keep: ['id'] })).toStrictEqual([{ text: 'text', kept: [null] }])
})

test('byte order marks where files were joined are passed over', async () => {
  const mark = '\ufeff'
  expect(await read('a.jsonl', `${mark}{"text":"a"}\n${mark}{"text":"b"}\n${mark}\n`, {})).toStrictEqual([
    { text: 'a' },
    { text: 'b' },
  ])
  expect(await read('a.csv', `${mark}text\n${mark}"a, b"\n"${mark}c"`, {})).toStrictEqual([
    { text: 'a, b' },
    { text: `${mark}c` },
  ])
})

test('a line that is no object is named for what it is, with the way out', async () => {
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
