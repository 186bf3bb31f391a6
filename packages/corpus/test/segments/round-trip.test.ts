import {
  tableFromArrays,
  tableToIPC,
  Table,
  type RecordBatch,
  Utf8,
  vectorFromArray,
  type Vector,
} from 'apache-arrow'
import * as fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { detectFormat } from '../../src/detect/detect-format.ts'
import type { Compression } from '../../src/compression/compression.ts'
import { planSegments } from '../../src/segments/plan-segments.ts'
import { collectSegments } from '../collect.ts'
import { MemorySource } from '../memory-source.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('a', 'B', ' ', '\n', '\r', '"', ',', '\t', 'é', '😀', '\ufeff'),
    minLength: 1,
    maxLength: 200,
  }),
)
const texts = fc.array(text, { minLength: 1, maxLength: 30 })

const writers: Readonly<Record<string, (documents: readonly string[]) => Uint8Array>> = {
  'a.jsonl': (documents) =>
    Buffer.from(documents.map((t, k) => JSON.stringify({ id: k, text: t })).join('\n')),
  'a.csv': (documents) => Buffer.from(`id,text\r\n${documents.map(csvLine).join('')}`),
  'a.parquet': (documents) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', data: documents.map((_, k) => k), type: 'INT32' },
          { name: 'text', data: [...documents], type: 'STRING' },
        ],
        rowGroupSize: 4,
        pageSize: 64,
      }),
    ),
  'a.arrow': (documents) => tableToIPC(batches(documents), 'file'),
  'stream.arrow': (documents) => tableToIPC(batches(documents), 'stream'),
  'dictionary.arrow': (documents) => tableToIPC(tableFromArrays({ text: [...documents] }), 'file'),
}

function batches(documents: readonly string[]): Table {
  const column: Vector<Utf8> = vectorFromArray(documents, new Utf8())
  const whole = new Table({ text: column })
  const parts: RecordBatch[] = []
  for (let at = 0; at < documents.length; at += 3) parts.push(...whole.slice(at, at + 3).batches)
  return new Table(parts)
}

/** Byte offsets of lines and records, row numbers otherwise. */
function positions(name: string, documents: readonly string[]): number[] {
  if (name !== 'a.jsonl' && name !== 'a.csv') return documents.map((_, k) => k)
  let start = name === 'a.csv' ? 'id,text\r\n'.length : 0
  return documents.map((document, k) => {
    const position = start
    const line = name === 'a.csv' ? csvLine(document, k) : `${JSON.stringify({ id: k, text: document })}\n`
    start += Buffer.byteLength(line)
    return position
  })
}

function csvLine(document: string, k: number): string {
  return `${k},"${document.replaceAll('"', '""')}"\r\n`
}

/** Formats whose reader begins at their end; apache-arrow writes the schema of a file there only. */
const randomAccess = new Set(['a.parquet', 'a.arrow', 'dictionary.arrow'])

const compressors: readonly (readonly [Compression, string, (bytes: Uint8Array) => Uint8Array])[] = [
  ['none', '', (bytes) => bytes],
  ['gzip', '.gz', inTwo(gzipSync)],
  ['zstd', '.zst', inTwo(zstdCompressSync)],
  ['brotli', '.br', brotliCompressSync],
]

/** Members (gzip) and frames (zstd) may follow each other. */
function inTwo(compress: (bytes: Uint8Array) => Uint8Array): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const middle = bytes.length >> 1
    return Buffer.concat([compress(bytes.subarray(0, middle)), compress(bytes.subarray(middle))])
  }
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 })

for (const [name, write] of Object.entries(writers)) {
  for (const [compression, extension, compress] of compressors) {
    if (compression !== 'none' && randomAccess.has(name)) continue
    test(`${name}${extension} gives back its documents for any chunks and segments`, async () => {
      await fc.assert(
        fc.asyncProperty(
          texts,
          chunkSizes,
          fc.integer({ min: 1, max: 2000 }),
          async (documents, sizes, targetBytes) => {
            const source = new MemorySource(name + extension, compress(write(documents)), sizes)
            const format = await detectFormat(source)
            expect(format.compression).toBe(compression)
            const segments = await planSegments(source, format, { targetBytes })
            const read = await collectSegments(source, format, segments, { onError: 'fail' })
            expect(read.documents.map((document) => document.text)).toStrictEqual(documents)
            expect(read.problems).toStrictEqual({})
            expect(read.documents.map((document) => document.start)).toStrictEqual(positions(name, documents))
          },
        ),
        { numRuns: 25 },
      )
    })
  }
}

/** Not a safe cut for any tokenizer, but a place that depends on the bytes alone. */
function nextSpace(bytes: Uint8Array, near: number): number {
  const at = bytes.indexOf(0x20, Math.max(near, 1))
  return at > 0 ? at : -1
}

test('a .txt gives back its bytes for any chunks, segments and cuts', async () => {
  for (const [compression, extension, compress] of compressors) {
    await fc.assert(
      fc.asyncProperty(
        text,
        chunkSizes,
        fc.integer({ min: 1, max: 50 }),
        async (document, sizes, targetBytes) => {
          const source = new MemorySource(`a.txt${extension}`, compress(Buffer.from(document)), sizes)
          const format = await detectFormat(source)
          expect(format).toStrictEqual({ format: 'txt', compression })
          const segments = await planSegments(source, format, { targetBytes, findSafeCut: nextSpace })
          const { documents } = await collectSegments(source, format, segments, { onError: 'fail' })
          expect(documents).toStrictEqual([{ text: document, start: 0, end: Buffer.byteLength(document) }])
        },
      ),
      { numRuns: 50 },
    )
  }
})
