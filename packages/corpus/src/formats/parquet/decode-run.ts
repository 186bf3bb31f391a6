import type { ColumnMetaData, Compressors, FileMetaData, RowGroup } from 'hyparquet'
import type { ColumnPath } from './columns.ts'
import { instantParsers, storedNumberOf } from './kept-text.ts'
import { exactBuffer } from './metadata.ts'
import { checkPage } from './check-page.ts'
import type { PageRun } from './page-runs.ts'

/** What decoding pages needs besides them. */
export interface DecodeContext {
  readonly metadata: FileMetaData
  readonly column: ColumnMetaData
  readonly place: ColumnPath
  readonly compressors: Compressors
}

/** Decodes the values of some pages, texts as bytes: hyparquet is handed a file that holds these pages and nothing else. */
export async function decodeRun(
  run: PageRun,
  { metadata, column, place, compressors }: DecodeContext,
): Promise<readonly unknown[]> {
  const { parquetRead } = await import('hyparquet')
  const { statistics, dictionary_page_offset: dictionaryOffset, ...rest } = column
  void statistics
  void dictionaryOffset
  const length = BigInt(run.bytes.length - run.start)
  const pages: ColumnMetaData = {
    ...rest,
    num_values: BigInt(run.rows),
    total_compressed_size: length,
    total_uncompressed_size: length,
    data_page_offset: BigInt(run.dataStart),
    ...(run.dataStart > run.start && { dictionary_page_offset: BigInt(run.start) }),
  }
  const rowGroup: RowGroup = {
    columns: [{ file_offset: 0n, meta_data: pages }],
    num_rows: BigInt(run.rows),
    total_byte_size: length,
  }
  const values: unknown[][] = []
  await parquetRead({
    file: {
      byteLength: run.bytes.length,
      slice: (start, end) => exactBuffer(run.bytes.subarray(start, end)),
    },
    metadata: {
      ...metadata,
      schema: [{ name: 'schema', num_children: 1 }, ...onlyChild(place)],
      num_rows: BigInt(run.rows),
      row_groups: [rowGroup],
    },
    compressors: checkedCompressors(run, { column, place, compressors }),
    parsers: { stringFromBytes: (bytes) => bytes, jsonFromBytes: (bytes) => bytes, ...instantParsers },
    utf8: false,
    geoparquet: false,
    onChunk: ({ columnData }) => void values.push(Array.from(columnData)),
  })
  const all = values.length === 1 ? values[0]! : values.flat()
  if (all.length !== run.rows) throw new Error(`pages hold ${all.length} rows, not ${run.rows}`)
  const inside = place.path.slice(1)
  const found = inside.length === 0 ? all : all.map((value) => inside.reduce(member, value))
  // A null is null; nothing at all comes of an index outside the dictionary, or of fewer values than rows.
  if (found.includes(undefined)) throw new Error('a row has a value that is not there')
  return found
}

/**
 * Looks at the run lengths of each page before hyparquet does: of those that are stored plain now, of others when it decompresses them,
 * which it does in their order.
 */
function checkedCompressors(
  run: PageRun,
  { column, place, compressors }: Omit<DecodeContext, 'metadata'>,
): Compressors {
  const highestLevel = place.elements.filter(({ repetition_type: kind }) => kind === 'OPTIONAL').length
  const shape = { type: column.type, highestLevel, levelWidth: 32 - Math.clz32(highestLevel) }
  const waiting: (((plain: Uint8Array) => void) | undefined)[] = []
  if (run.dataStart > run.start) waiting.push(undefined)
  for (const { page, body } of run.pages) {
    const stored = run.bytes.subarray(body, body + page.storedBytes)
    const isPlain =
      column.codec === 'UNCOMPRESSED' || (page.levels.version === 2 && !page.levels.isCompressed)
    if (!isPlain) waiting.push((plain) => checkPage(page, stored, plain, shape))
    else if (page.levels.version === 1) checkPage(page, stored, stored, shape)
    else {
      const { repetitionBytes, definitionBytes } = page.levels
      checkPage(page, stored, stored.subarray(repetitionBytes + definitionBytes), shape)
    }
  }
  const decompress = compressors[column.codec]
  if (decompress === undefined) return compressors
  return {
    [column.codec]: (bytes: Uint8Array, length: number) => {
      const plain = decompress(bytes, length)
      waiting.shift()?.(plain)
      return plain
    },
  }
}

/** The schema of one column: structs with a single child each. Numbers that stand for others come as they are stored: hyparquet loses digits of them. */
function onlyChild({ elements }: ColumnPath): ColumnPath['elements'] {
  return elements.map((element, depth) => {
    if (depth < elements.length - 1) return { ...element, num_children: 1 }
    if (storedNumberOf(element) === undefined) return element
    const { converted_type: converted, logical_type: logical, ...stored } = element
    void converted
    void logical
    return stored
  })
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : null
}
