import type { ColumnMetaData } from 'hyparquet'
import { CorpusError } from '../../errors.ts'
import type { ByteSource } from '../../bytes/byte-source.ts'
import { parquetCompressors } from './compressors.ts'
import { readPageHeader, type Page } from './page-header.ts'
import { checkPageSize } from './page-limits.ts'
import { decodeHybrid } from './hybrid.ts'
import { decodeIntegers, type IntegerType } from './integers.ts'
import type { ListLevels } from './list-levels.ts'

/** The values of a data page with their levels. */
export interface ListPage {
  readonly repetition: Uint32Array
  readonly definition: Uint32Array
  /** Those that are there: as many as there are definitions of the highest level. */
  readonly values: Float64Array
}

/** Reads the pages of a column chunk of integers, one at a time. @throws Error for pages that are damaged */
export async function* readListPages(
  source: ByteSource,
  column: ColumnMetaData,
  levels: ListLevels,
  maxBytes: number,
): AsyncGenerator<ListPage, void, undefined> {
  const type = column.type as IntegerType
  const start = Number(column.dictionary_page_offset ?? 0n) || Number(column.data_page_offset)
  const end = start + Number(column.total_compressed_size)
  const decompress = await decompressor(column, maxBytes)
  let dictionary: Float64Array | undefined
  for (let at = start; at < end;) {
    const page = await readPageHeader(source, at, end)
    const body = at + page.headerBytes
    at = body + page.storedBytes
    if (at > end) throw new Error('a page ends outside its column chunk')
    checkPageSize(page, source.name, body - page.headerBytes, maxBytes)
    if (page.kind === 'other') continue
    const stored = await source.read(body, at)
    const { encoding, values: count } = page
    if (page.kind === 'data') yield await readDataPage(page, stored, { type, levels, dictionary, decompress })
    else {
      const bytes = decompress(stored, page.plainBytes)
      dictionary = await decodeIntegers(
        bytes,
        { type, encoding: encoding === 2 ? 0 : encoding, count },
        undefined,
      )
    }
  }
}

type Decompress = (bytes: Uint8Array, length: number) => Uint8Array

async function decompressor({ codec }: ColumnMetaData, maxBytes: number): Promise<Decompress> {
  if (codec === 'UNCOMPRESSED') return (bytes) => bytes
  const compressors = await parquetCompressors(maxBytes)
  const known = compressors[codec]
  if (known === undefined) throw new Error(`pages compressed with ${codec}`)
  return (bytes, length) => {
    const plain = known(bytes, length)
    if (plain.length === length) return plain
    throw new Error(`a page decompresses to ${plain.length} bytes, not ${length}`)
  }
}

async function readDataPage(
  { levels: place, plainBytes, encoding, values: count }: Page,
  stored: Uint8Array,
  {
    type,
    levels,
    dictionary,
    decompress,
  }: {
    readonly type: IntegerType
    readonly levels: ListLevels
    readonly dictionary: Float64Array | undefined
    readonly decompress: Decompress
  },
): Promise<ListPage> {
  const repetitionWidth = bitsOf(levels.maxRepetition)
  const definitionWidth = bitsOf(levels.maxDefinition)
  let repetition: Uint32Array
  let definition: Uint32Array
  let bytes: Uint8Array
  if (place.version === 1) {
    const plain = decompress(stored, plainBytes)
    let at = 0
    const next = (width: number, levelEncoding: number): Uint32Array => {
      if (width === 0) return new Uint32Array(count)
      if (levelEncoding !== 3) throw new Error(`levels in the encoding ${levelEncoding}`)
      if (at + 4 > plain.length) throw new Error('a page is cut')
      const length = new DataView(plain.buffer, plain.byteOffset + at, 4).getUint32(0, true)
      const from = at + 4
      at = from + length
      if (at > plain.length) throw new Error('levels end outside their page')
      return decodeHybrid(plain.subarray(from, at), width, count)
    }
    repetition = next(repetitionWidth, place.repetitionEncoding)
    definition = next(definitionWidth, place.definitionEncoding)
    bytes = plain.subarray(at)
  } else {
    const { repetitionBytes, definitionBytes, isCompressed } = place
    const from = repetitionBytes + definitionBytes
    if (from > stored.length || from > plainBytes) throw new Error('levels end outside their page')
    repetition = decodeHybrid(stored.subarray(0, repetitionBytes), repetitionWidth, count)
    definition = decodeHybrid(stored.subarray(repetitionBytes, from), definitionWidth, count)
    const rest = stored.subarray(from)
    bytes = isCompressed && rest.length > 0 ? decompress(rest, plainBytes - from) : rest
  }
  let present = 0
  for (const level of definition) if (level === levels.maxDefinition) present++
  const values = await decodeIntegers(bytes, { type, encoding, count: present }, dictionary)
  return { repetition, definition, values }
}

function bitsOf(level: number): number {
  return 32 - Math.clz32(level)
}

/** An error for a row that is larger than what is held. */
export function listTooLarge(source: string, position: number, ids: number, maxBytes: number): CorpusError {
  const message = `a list has more than ${ids} ids, more than ${maxBytes} bytes hold`
  const hint = { option: 'maxBatchBytes', value: String(2 * maxBytes), effect: 'holds more' }
  return new CorpusError('too-large', message, { source, position, hint })
}
