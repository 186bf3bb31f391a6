import { option, sentence } from '@sluice/errors'
import { compressions, type Compression } from '../compression/compression.ts'
import { decompress } from '../compression/decompress.ts'
import { compressionTable } from '../compression/index.ts'
import { CorpusError } from '../errors.ts'
import { formats, idDtypes, type Format, type IdDtype } from '../formats/format.ts'
import { formatTable } from '../formats/index.ts'
import type { ByteSource } from '../bytes/byte-source.ts'
import { formatOfName, type NamedFormat } from './extensions.ts'
import { detectIds } from './detect-ids.ts'
import { jsonShapeOf } from './json-text.ts'
import { refusalOf } from './refusals.ts'
import type { SourceFormat } from '../formats/source-format.ts'
import { wideEncodingOf } from './wide-encoding.ts'

/** Bytes looked at. */
const headBytes = 1 << 16
/** Compressed bytes looked at: at least one block of every compression, so that something comes out. */
const compressedHeadBytes = 1 << 20

/** Format and compression that the user states; they are believed. */
export interface FormatOverride {
  /** `ids`: the source holds ids, and its name or first bytes say how. */
  readonly format?: Format | 'ids'
  readonly compression?: Compression
  /** Element type of flat files of ids whose name does not say it. */
  readonly idDtype?: IdDtype
  /**
   * A compressed source that is damaged at its beginning goes by its name, for who leaves damaged sources out: reading it says what is
   * wrong. @default false: it is refused
   */
  readonly damagedByName?: boolean
}

/**
 * Finds how to read a source. The content decides where it has a mark (gzip, zstd, xz, Parquet, Arrow), the name decides
 * between the text formats and for brotli, and a text without a telling name is JSON Lines if its first line is a JSON
 * object, else plain text.
 *
 * @throws CorpusError `unsupported-format` for content known not to be text (zip, PDF, bzip2, UTF-16, a JSON array, a
 *   compression inside another, …), `wrong-format` if the name says Parquet or Arrow and the content does not
 */
export async function detectFormat(source: ByteSource, override: FormatOverride = {}): Promise<SourceFormat> {
  checkOverride(override)
  const { name } = source
  const stored = await source.head(compressedHeadBytes)
  const known = formatOfHead(name, stored, override)
  if (typeof known === 'object') return known
  const named = formatOfName(name)
  const head = await decompressedHead(stored, known, name).catch((error: unknown) => {
    const isDamaged = error instanceof CorpusError && error.code === 'broken-file'
    if (isDamaged && override.damagedByName === true && named.format !== undefined) return undefined
    throw error
  })
  if (head === undefined) return { format: named.format!, compression: known }
  const inner = compressionOf(head)
  if (inner !== undefined) {
    const what = `is ${inner} data inside ${known} data: decompress it once (or pipe it in)`
    throw new CorpusError('unsupported-format', what, { source: name })
  }
  return { format: formatOf(name, head, named), compression: known }
}

/**
 * Finds how to read a source by its first bytes as they are stored.
 *
 * @returns the compression alone where only what is compressed tells the format
 * @throws CorpusError as {@link detectFormat}
 */
export function formatOfHead(
  name: string,
  stored: Uint8Array,
  override: FormatOverride,
): SourceFormat | Exclude<Compression, 'none'> {
  const named = formatOfName(name)
  if (override.format === 'ids') return detectIds(name, stored, named, override)
  const compression = override.compression ?? compressionOf(stored) ?? unmarkedByName(named)
  if (override.format !== undefined) return { format: override.format, compression }
  if (compression !== 'none') return compression
  return { format: formatOf(name, stored.subarray(0, headBytes), named), compression }
}

function compressionOf(head: Uint8Array): Compression | undefined {
  return compressions.find((candidate) => compressionTable[candidate].magic?.(head))
}

/** A name counts only for a compression whose content has no mark. */
function unmarkedByName({ compression }: NamedFormat): Compression {
  return compression !== undefined && compressionTable[compression].magic === undefined ? compression : 'none'
}

function formatOf(source: string, head: Uint8Array, { format, extension }: NamedFormat): Format {
  const marked = formats.find((candidate) => formatTable[candidate].magic?.(head))
  const refused = (what: string): CorpusError =>
    new CorpusError('unsupported-format', `is ${what}`, { source })
  if (marked !== undefined && formatTable[marked].holds !== 'ids') return marked
  if (marked !== undefined || (format !== undefined && formatTable[format].holds === 'ids'))
    throw needsIds(source)
  const refusal = refusalOf(head)
  if (refusal !== undefined) throw refused(refusal)
  const encoding = wideEncodingOf(head)
  if (encoding !== undefined) throw refused(`text in ${encoding}: convert it (iconv -f ${encoding} -t UTF-8)`)
  if (format !== undefined && formatTable[format].magic !== undefined) {
    const message = `is named .${extension} but its content is not; check how it was made`
    throw new CorpusError('wrong-format', message, { source })
  }
  if (format !== undefined) return format
  const shape = jsonShapeOf(head)
  if (shape === 'array' && extension === 'json')
    throw refused("a JSON array; make it lines: jq -c '.[]' FILE > FILE.jsonl")
  if (shape === 'object')
    throw refused('one JSON object over several lines; make it one line: jq -c . FILE > FILE.jsonl')
  return shape === 'lines' ? 'jsonl' : 'txt'
}

/** As much as the head gives; reading finds what is wrong with the rest. */
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
      pieces.push(Buffer.from(piece.subarray(0, headBytes - length)))
      length += piece.length
      if (length >= headBytes) break
    }
  } catch (error) {
    if (length === 0) throw error
  }
  return Buffer.concat(pieces)
}

/** A file of ids, where nothing says that the corpus holds them. */
function needsIds(source: string): CorpusError {
  const message = sentence`holds ids in place of a text; ${option('format', 'ids')} reads them`
  return new CorpusError('unsupported-format', message, { source })
}

export function checkOverride({ format, compression, idDtype }: FormatOverride): void {
  check('format', [...formats, 'ids'], format)
  check('idDtype', idDtypes, idDtype)
  check('compression', compressions, compression)
}

function check(name: string, known: readonly string[], got: string | undefined): void {
  if (got === undefined || known.includes(got)) return
  throw new CorpusError('invalid-options', `expected ${name} to be one of ${known.join(', ')}, got ${got}`)
}
