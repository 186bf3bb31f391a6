import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { detectFormat, type FormatOverride } from '../../src/detect/detect-format.ts'
import { MemorySource } from '../memory-source.ts'

async function detect(
  name: string,
  content: string | Uint8Array,
  override: FormatOverride = {},
): Promise<string> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
  const { format, compression } = await detectFormat(new MemorySource(name, bytes), override)
  return `${format} ${compression}`
}

/** The header of an empty file in a tar archive: only its checksum is filled in. */
function tarHeader(): string {
  const plain = `${'\0'.repeat(148)}        ${'\0'.repeat(101)}ustar${'\0'.repeat(250)}`
  const sum = [...Buffer.from(plain, 'latin1')].reduce((total, byte) => total + byte, 0)
  return `${plain.slice(0, 148)}${sum.toString(8).padStart(6, '0')}\0 ${plain.slice(156)}`
}

test('content decides where it has a mark, whatever the name', async () => {
  expect(await detect('a.txt', gzipSync('hello'))).toBe('txt gzip')
  expect(await detect('a.jsonl', zstdCompressSync('{}'))).toBe('jsonl zstd')
  expect(await detect('data', 'PAR1\x15\x04....PAR1')).toBe('parquet none')
  expect(await detect('data.txt', 'ARROW1\0\0')).toBe('arrow-file none')
  expect(await detect('data.bin', '\xff\xff\xff\xff\x10\0\0\0')).toBe('arrow-stream none')
  expect(await detect('data.arrow.gz', gzipSync(Buffer.from('\xff\xff\xff\xff\x10\0\0\0', 'latin1')))).toBe(
    'arrow-stream gzip',
  )
})

test('the name decides between text formats, and the first line where the name says nothing', async () => {
  expect(await detect('a.txt', '{"text":"a"}\n')).toBe('txt none')
  expect(await detect('A.CSV', 'text\na')).toBe('csv none')
  expect(await detect('a.ndjson.gz', gzipSync('x'))).toBe('jsonl gzip')
  expect(await detect('https://example.org/a.tsv?token=a.txt', 'text')).toBe('csv none')
  expect(await detect('-', '{"text":"a"}\n{')).toBe('jsonl none')
  expect(await detect('-', `{"text":"${'a'.repeat(100_000)}`)).toBe('jsonl none')
  expect(await detect('-', '{a} is a set')).toBe('txt none')
  expect(await detect('notes', '')).toBe('txt none')
  expect(await detect('code.py', 'print()')).toBe('txt none')
})

test('a format that the user names is used', async () => {
  expect(await detect('a.txt', '{}', { format: 'jsonl' })).toBe('jsonl none')
  expect(await detect('a.txt', 'x', { compression: 'brotli', format: 'csv' })).toBe('csv brotli')
  await expect(detect('a', '', JSON.parse('{"format":"doc"}'))).rejects.toMatchObject({
    code: 'invalid-options',
  })
})

test('what is not read here is refused by name, with what to do', async () => {
  const refused = {
    zip: 'PK\x03\x04',
    PDF: '%PDF-1.7\n1 0 obj\n<<>>',
    bzip2: 'BZh91AY&SY',
    '7z': '7z\xbc\xaf\x27\x1c',
    tar: tarHeader(),
    'UTF-16LE': '\xff\xfea\0',
    'UTF-32LE': '\xff\xfe\0\0a\0\0\0',
  }
  for (const [what, content] of Object.entries(refused)) {
    await expect(detect('a.txt', content)).rejects.toMatchObject({
      code: 'unsupported-format',
      message: expect.stringContaining(what),
    })
  }
  await expect(detect('a.txt.gz', gzipSync(Buffer.from('PK\x03\x04', 'latin1')))).rejects.toMatchObject({
    code: 'unsupported-format',
  })
  await expect(detect('a.json', '[{"text":"a"}]')).rejects.toMatchObject({ code: 'unsupported-format' })
  await expect(detect('a.parquet', 'hello')).rejects.toMatchObject({ code: 'wrong-format' })
  expect(await detect('a.txt', 'BZh is how a text may begin')).toBe('txt none')
})
