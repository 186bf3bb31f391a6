import { compressions, decompress, type Compression } from '../compression/compression.ts'
import { CorpusError } from '../errors.ts'
import type { ByteSource } from '../sources/byte-source.ts'
import { compressionByMagic, formatByMagic, refusalByMagic } from './magic.ts'
import { formats, type Format, type SourceFormat } from './source-format.ts'

/** Bytes looked at. */
const headBytes = 1 << 16
/** Compressed bytes looked at: at least one block of every compression, so that something comes out. */
const compressedHeadBytes = 1 << 20

const extensions: Readonly<Record<string, Format>> = {
  txt: 'txt',
  text: 'txt',
  md: 'txt',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  csv: 'csv',
  tsv: 'csv',
  parquet: 'parquet',
  arrow: 'arrow-file',
  feather: 'arrow-file',
}

const compressionExtensions: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  zst: 'zstd',
  br: 'brotli',
  xz: 'xz',
}

/** What the user says; it is believed. */
export type FormatOverride = Partial<SourceFormat>

/**
 * Finds how to read a source. The content decides where it has a mark (gzip, zstd, xz, Parquet, Arrow), the name decides
 * between the text formats and for brotli, and a text without a telling name is JSON Lines if its first line is a JSON
 * object, else plain text.
 *
 * @throws CorpusError `unsupported-format` for content known not to be text (zip, PDF, bzip2, UTF-16, a JSON array, …),
 *   `wrong-format` if the name says Parquet or Arrow and the content does not
 */
export async function detectFormat(source: ByteSource, override: FormatOverride = {}): Promise<SourceFormat> {
  checkOverride(override)
  const stored = await source.head(compressedHeadBytes)
  const names = extensionsOf(source.name)
  const last = names.at(-1) ?? ''
  const compression = override.compression ?? compressionByMagic(stored) ?? brotliByName(last)
  if (override.format !== undefined) return { format: override.format, compression }
  const head = compression === 'none' ? stored : await decompressedHead(stored, compression, source.name)
  const inner = Object.hasOwn(compressionExtensions, last) ? (names.at(-2) ?? '') : last
  return { format: formatOf(source.name, head, inner), compression }
}

function brotliByName(last: string): Compression {
  return last === 'br' ? 'brotli' : 'none'
}

function formatOf(source: string, head: Uint8Array, extension: string): Format {
  const marked = formatByMagic(head)
  if (marked !== undefined) return marked
  const refusal = refusalByMagic(head)
  if (refusal !== undefined) throw new CorpusError('unsupported-format', `is ${refusal}`, { source })
  const byName = Object.hasOwn(extensions, extension) ? extensions[extension] : undefined
  if (byName === 'parquet' || byName === 'arrow-file') {
    throw new CorpusError(
      'wrong-format',
      `is named .${extension} but its content is not; check how it was made`,
      {
        source,
      },
    )
  }
  if (byName !== undefined) return byName
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, headBytes))
    .toString()
    .trimStart()
  if (extension === 'json' && text.startsWith('[')) {
    throw new CorpusError(
      'unsupported-format',
      "is a JSON array; make it lines: jq -c '.[]' FILE > FILE.jsonl",
      {
        source,
      },
    )
  }
  return beginsWithJsonObject(text) ? 'jsonl' : 'txt'
}

function beginsWithJsonObject(text: string): boolean {
  if (!text.startsWith('{')) return false
  const lineFeed = text.indexOf('\n')
  if (lineFeed === -1 && text.length > headBytes / 2) return /^\{\s*"/.test(text)
  try {
    JSON.parse(lineFeed === -1 ? text : text.slice(0, lineFeed))
    return true
  } catch {
    return false
  }
}

/** `a.jsonl.gz` → `['jsonl', 'gz']`, lower case; of a URL without its query. */
function extensionsOf(name: string): string[] {
  const path = /^[a-z][a-z0-9+.-]*:\/\//i.test(name) ? name.replace(/[?#].*$/s, '') : name
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  return file.toLowerCase().split('.').slice(1)
}

/** As much as the head gives; what is wrong with the rest, reading will say. */
async function decompressedHead(
  stored: Uint8Array,
  compression: Compression,
  source: string,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  async function* input(): AsyncGenerator<Uint8Array, void, undefined> {
    if (stored.length > 0) yield stored
  }
  try {
    for await (const piece of decompress(input(), compression, source)) {
      pieces.push(piece)
      length += piece.length
      if (length >= headBytes) break
    }
  } catch (error) {
    if (length === 0) throw error
  }
  return Buffer.concat(pieces)
}

function checkOverride({ format, compression }: FormatOverride): void {
  if (format !== undefined && !formats.includes(format)) {
    throw new CorpusError(
      'invalid-options',
      `expected format to be one of ${formats.join(', ')}, got ${format}`,
    )
  }
  if (compression !== undefined && !compressions.includes(compression)) {
    const expected = compressions.join(', ')
    throw new CorpusError(
      'invalid-options',
      `expected compression to be one of ${expected}, got ${compression}`,
    )
  }
}
