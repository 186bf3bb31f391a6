import type { ColumnMetaData } from 'hyparquet'
import { CorpusError } from '../../errors.ts'
import { corpusLimits } from '../../limits.ts'
import type { ByteSource } from '../../bytes/byte-source.ts'

/** Some data pages of a column chunk of flat values, behind its dictionary page if it has one. */
export interface PageRun {
  /** Four bytes outside of any page (no page may be at offset 0), the dictionary page, the data pages. */
  readonly bytes: Uint8Array
  readonly start: number
  readonly dataStart: number
  /** Values of the data pages, nulls included. */
  readonly rows: number
}

interface Page {
  readonly kind: 'data' | 'dictionary' | 'other'
  readonly headerBytes: number
  /** Bytes after the header, as stored and decompressed. */
  readonly storedBytes: number
  readonly plainBytes: number
  readonly values: number
}

/** Decompressed bytes that are enough for one run, and rows: many rows may share one value of a dictionary. */
const runBytes = 8 << 20
const runRows = 1 << 18
/** Bytes read for a page header at first, and at most: statistics may be in it. */
const headerBytes = 1 << 13
const maxHeaderBytes = 1 << 24
const padding = 4

/**
 * Reads a column chunk a few pages at a time, because a row group of a text column may be larger than memory. Pages are
 * found by their headers (parquet.thrift, PageHeader), so no page index is needed.
 */
export async function* readPageRuns(
  source: ByteSource,
  column: ColumnMetaData,
  maxBytes: number,
): AsyncGenerator<PageRun, void, undefined> {
  const start = Number(column.dictionary_page_offset ?? 0n) || Number(column.data_page_offset)
  const end = start + Number(column.total_compressed_size)
  let dictionary: Uint8Array = new Uint8Array(0)
  let from = start
  let plainBytes = 0
  let rows = 0
  const run = async (to: number): Promise<PageRun> => {
    const pages = await source.read(from, to)
    const bytes = new Uint8Array(padding + dictionary.length + pages.length)
    bytes.set(dictionary, padding)
    bytes.set(pages, padding + dictionary.length)
    return { bytes, start: padding, dataStart: padding + dictionary.length, rows }
  }
  for (let at = start; at < end;) {
    const page = await readPageHeader(source, at, end)
    const next = at + page.headerBytes + page.storedBytes
    if (next > end) throw new Error('a page ends outside its column chunk')
    if (Math.max(page.storedBytes, page.plainBytes) > maxBytes)
      throw tooLarge(source.name, at, page, maxBytes)
    if (page.values > corpusLimits.pageRows.most) throw tooManyRows(source.name, at, page)
    if (page.kind !== 'data') {
      if (rows > 0) yield await run(at)
      if (page.kind === 'dictionary') dictionary = await source.read(at, next)
      from = next
      plainBytes = 0
      rows = 0
    } else {
      plainBytes += page.plainBytes
      rows += page.values
      if (plainBytes >= runBytes || rows >= runRows) {
        yield await run(next)
        from = next
        plainBytes = 0
        rows = 0
      }
    }
    at = next
  }
  if (rows > 0) yield await run(end)
}

async function readPageHeader(source: ByteSource, at: number, end: number): Promise<Page> {
  const { deserializeTCompactProtocol } = await import('hyparquet/src/thrift.js')
  for (let length = headerBytes; ; length *= 8) {
    const bytes = await source.read(at, Math.min(at + length, end))
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
    try {
      const header = deserializeTCompactProtocol(reader)
      const type = Number(header['field_1'])
      const values = type === 3 ? header['field_8']?.field_1 : header['field_5']?.field_1
      return {
        kind: type === 2 ? 'dictionary' : type === 0 || type === 3 ? 'data' : 'other',
        headerBytes: reader.offset,
        storedBytes: size(header['field_3']),
        plainBytes: size(header['field_2']),
        values: size(values ?? 0),
      }
    } catch (error) {
      if (at + length >= end || length >= maxHeaderBytes) throw error
    }
  }
}

function size(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new Error('a page header has no valid size')
}

function tooLarge(source: string, position: number, page: Page, limit: number): CorpusError {
  const bytes = Math.max(page.storedBytes, page.plainBytes)
  const message = `a page has ${bytes} bytes, more than the limit of ${limit}; write smaller pages`
  const hint = { option: 'maxBatchBytes', value: String(bytes), effect: 'reads it' }
  return new CorpusError('too-large', message, { source, position, hint })
}

function tooManyRows(source: string, position: number, page: Page): CorpusError {
  const { most } = corpusLimits.pageRows
  const message = `a page has ${page.values} rows, more than the limit of ${most}; write smaller pages`
  return new CorpusError('too-large', message, { source, position })
}
