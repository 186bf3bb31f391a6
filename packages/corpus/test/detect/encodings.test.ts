import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { detectFormat } from '../../src/detect/detect-format.ts'
import { MemorySource } from '../memory-source.ts'

const texts = [
  'Hello world plain ASCII',
  'grüße, 日本語\r\nund mehr\n',
  '{"text":"a"}\n{"text":"b"}',
  'a',
  '\tΑθήνα 😀\n',
]

/** A text in an encoding of two or four bytes a unit, with or without a byte order mark. */
function encode(text: string, encoding: string): Buffer {
  const littleEndian = encoding.endsWith('LE')
  const units = encoding.startsWith('UTF-16')
    ? Array.from({ length: text.length }, (_, k) => text.charCodeAt(k))
    : Array.from(text, (character) => character.codePointAt(0)!)
  const width = encoding.startsWith('UTF-16') ? 2 : 4
  const bytes = Buffer.alloc(units.length * width)
  for (const [k, unit] of units.entries()) {
    if (littleEndian) bytes.writeUIntLE(unit, k * width, width)
    else bytes.writeUIntBE(unit, k * width, width)
  }
  return bytes
}

async function detect(name: string, bytes: Uint8Array): Promise<string> {
  return (await detectFormat(new MemorySource(name, bytes))).format
}

for (const encoding of ['UTF-16LE', 'UTF-16BE', 'UTF-32LE', 'UTF-32BE']) {
  test(`text in ${encoding} is refused by that name, with a byte order mark and without`, async () => {
    for (const text of texts) {
      for (const mark of ['', '\ufeff']) {
        const bytes = encode(mark + text, encoding)
        for (const [name, content] of [
          ['a.txt', bytes],
          ['a.jsonl', bytes],
          ['notes', bytes],
          ['a.csv.gz', gzipSync(bytes)],
        ] as const) {
          await expect(detect(name, content)).rejects.toMatchObject({
            code: 'unsupported-format',
            message: `${name}: is text in ${encoding}: convert it (iconv -f ${encoding} -t UTF-8)`,
          })
        }
      }
    }
  })
}

test('text in UTF-8 is text, NULs in it included', async () => {
  for (const text of [...texts, 'a\0b', 'field one\0field two\0three', '', '\0', 'x'.repeat(70_000)])
    expect(await detect('a.txt', Buffer.from(text))).toBe('txt')
  // Latin-1 is no encoding that can be told; reading says which bytes are not UTF-8.
  expect(await detect('a.txt', Buffer.from('déjà vu, \0 naïve', 'latin1'))).toBe('txt')
})

test('a text may begin with the mark of any format', async () => {
  const marks = [
    'PAR1',
    'PARE',
    'FEA1',
    'ARROW1',
    'BZh9',
    'PK',
    '%PDF-',
    '%PDF-1.7 is a header',
    'Rar!',
    'Obj',
    'SQLite format 3',
    'P*M',
    '7z',
    '7zXZ',
  ]
  for (const mark of marks)
    for (const rest of [
      '',
      'S AND CHILDREN\nalpha beta\n',
      ` ${'prose '.repeat(200)}ustar ${'more '.repeat(50)}`,
    ])
      for (const name of ['a.txt', 'a.csv', 'notes'])
        expect(await detect(name, Buffer.from(mark + rest)), mark).toBe(name === 'a.csv' ? 'csv' : 'txt')
  const tar = `${'x'.repeat(257)}ustar${'x'.repeat(300)}`
  expect(await detect('a.txt', Buffer.from(tar))).toBe('txt')
})

test('a Parquet file that was cut is not taken for a text', async () => {
  expect(await detect('a.txt', Buffer.from('PAR1\x15\x04\x15\x80\x02LP'))).toBe('parquet')
  await expect(detect('a.txt', Buffer.from('PARE\x15\x04\x15\x80\x02LPPARE'))).rejects.toMatchObject({
    code: 'unsupported-format',
    message: expect.stringContaining('encrypted Parquet'),
  })
})

test('one JSON object over several lines is refused as an array is, unless the name says text', async () => {
  const pretty = JSON.stringify({ text: 'alpha', nested: { a: [1] } }, undefined, 2)
  const long = `{\n  "text": "${'x'.repeat(100_000)}"\n}`
  for (const name of ['a.json', 'notes', 'a.json.gz']) {
    for (const content of [pretty, long, `\ufeff${pretty}`, '{\r\n"a"\r\n:1}']) {
      const bytes = name.endsWith('.gz') ? gzipSync(content) : Buffer.from(content)
      await expect(detect(name, bytes)).rejects.toMatchObject({
        code: 'unsupported-format',
        message: expect.stringContaining('jq -c . FILE > FILE.jsonl'),
      })
    }
  }
  expect(await detect('a.txt', Buffer.from(pretty))).toBe('txt')
  expect(await detect('a.json', Buffer.from('{"text":"a"}'))).toBe('jsonl')
  expect(await detect('notes', Buffer.from('{ a set of notes\n}'))).toBe('txt')
})

test('a compression inside a compression is refused by both names', async () => {
  await expect(detect('a.txt.gz', gzipSync(gzipSync('text')))).rejects.toMatchObject({
    code: 'unsupported-format',
    message: expect.stringContaining('gzip data inside gzip data'),
  })
})
