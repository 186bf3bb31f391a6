import type { ColumnMetaData } from 'hyparquet'
import type { ByteSource } from '../../bytes/byte-source.ts'
import { readPageHeader, type Page } from './page-header.ts'
import { checkPageSize } from './page-limits.ts'

/** Some data pages of a column chunk of flat values, behind its dictionary page if it has one. */
export interface PageRun {
  /** Four bytes outside of any page (no page may be at offset 0), the dictionary page, the data pages. */
  readonly bytes: Uint8Array
  readonly start: number
  readonly dataStart: number
  /** Values of the data pages, nulls included. */
  readonly rows: number
  /** The data pages, and where in `bytes` each begins behind its header. */
  readonly pages: readonly { readonly page: Page; readonly body: number }[]
}

/** Decompressed bytes that are enough for one run, and rows: many rows may share one value of a dictionary. */
const runBytes = 8 << 20
const runRows = 1 << 18
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
  let found: { readonly page: Page; readonly at: number }[] = []
  const run = async (to: number): Promise<PageRun> => {
    const pages = await source.read(from, to)
    const bytes = new Uint8Array(padding + dictionary.length + pages.length)
    bytes.set(dictionary, padding)
    bytes.set(pages, padding + dictionary.length)
    const dataStart = padding + dictionary.length
    const inRun = found.map(({ page, at }) => ({ page, body: dataStart + at - from + page.headerBytes }))
    found = []
    return { bytes, start: padding, dataStart, rows, pages: inRun }
  }
  for (let at = start; at < end;) {
    const page = await readPageHeader(source, at, end)
    const next = at + page.headerBytes + page.storedBytes
    if (next > end) throw new Error('a page ends outside its column chunk')
    checkPageSize(page, source.name, at, maxBytes)
    if (page.kind !== 'data') {
      if (rows > 0) yield await run(at)
      if (page.kind === 'dictionary') dictionary = await source.read(at, next)
      from = next
      plainBytes = 0
      rows = 0
    } else {
      plainBytes += page.plainBytes
      rows += page.values
      found.push({ page, at })
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
