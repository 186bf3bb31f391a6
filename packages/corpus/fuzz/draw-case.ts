import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { xz } from '@napi-rs/lzma'
import type { SourceFormat } from '../src/formats/source-format.ts'
import type { Compression } from '../src/compression/compression.ts'
import type { Draw } from './draw.ts'
import { mutate } from './mutate.ts'

/** One input with what it is said to be. */
export interface FuzzCase {
  readonly name: string
  readonly format: SourceFormat
  readonly bytes: Uint8Array
  /** Separator of a CSV. */
  readonly separator: string
}

const folder = join(import.meta.dirname, '../test/fixtures')
const tables = readdirSync(folder).filter((name) => /\.(arrow|parquet)$/.test(name))
const contents = new Map(tables.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]))

const pieces = [
  ...[
    'a',
    'B',
    ' ',
    '\n',
    '\r\n',
    '"',
    '""',
    ',',
    ';',
    '\t',
    'é',
    '😀',
    '\ufeff',
    '\0',
    '\\',
    '\ud800',
    '{',
    '}',
  ],
  ...[
    'the quick brown fox',
    '{"text":"',
    '"}',
    '"text":',
    'text',
    'id',
    '\\u0041',
    '\\ud800',
    'null',
    '[1]',
    '1e9',
  ],
]

/** Draws an input of any format and compression, most of them damaged. */
export function drawCase(draw: Draw): FuzzCase {
  return draw.chance(0.55) ? drawTable(draw) : drawText(draw)
}

function drawTable(draw: Draw): FuzzCase {
  const name = draw.from(tables)
  const format = name.endsWith('.parquet')
    ? 'parquet'
    : name.includes('stream')
      ? 'arrow-stream'
      : 'arrow-file'
  const bytes = mutate(contents.get(name)!, draw)
  return { name, bytes, format: { format, compression: 'none' }, separator: ',' }
}

function drawText(draw: Draw): FuzzCase {
  const format = draw.from(['txt', 'jsonl', 'csv'] as const)
  const separator = format === 'csv' ? draw.from([',', ';', '|', '\t']) : ','
  let bytes: Uint8Array = Buffer.from(draw.from([freeText, lines, records])(draw, separator))
  if (draw.chance(0.3)) bytes = mutate(bytes, draw)
  const compression = draw.chance(0.5) ? 'none' : draw.from(['gzip', 'zstd', 'brotli', 'xz'] as const)
  bytes = compress(bytes, compression, draw)
  if (compression !== 'none' && draw.chance(0.5)) bytes = mutate(bytes, draw)
  return { name: `a.${format}`, bytes, format: { format, compression }, separator }
}

function freeText(draw: Draw): string {
  return draw.list(40, () => draw.from(pieces)).join('')
}

function lines(draw: Draw): string {
  const line = (): string =>
    draw.chance(0.7) ? JSON.stringify({ id: draw.below(9), text: freeText(draw) }) : freeText(draw)
  return draw.list(12, line).join(draw.from(['\n', '\r\n']))
}

function records(draw: Draw, separator: string): string {
  const field = (): string => {
    const text = freeText(draw).replaceAll('\r', '')
    return draw.chance(0.8) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const header = draw.chance(0.9) ? `id${separator}text\n` : ''
  return header + draw.list(12, () => `${draw.below(9)}${separator}${field()}`).join('\n')
}

const compressors: Readonly<Record<Compression, (bytes: Uint8Array) => Uint8Array>> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
  brotli: (bytes) => brotliCompressSync(bytes),
  xz: (bytes) => xz.compressSync(bytes),
}

/** One member, or several with what may lie between them. */
function compress(bytes: Uint8Array, compression: Compression, draw: Draw): Uint8Array {
  const make = compressors[compression]
  if (compression === 'none' || compression === 'brotli' || draw.chance(0.4)) return make(bytes)
  const middle = draw.below(bytes.length + 1)
  const between = Buffer.alloc(draw.from([0, 0, 1, 4, 512]), 0)
  return Buffer.concat([
    make(bytes.subarray(0, middle)),
    between,
    make(bytes.subarray(middle)),
    draw.from([between, Buffer.alloc(0)]),
  ])
}
