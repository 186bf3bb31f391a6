import type { AsyncBuffer, ColumnMetaData, FileMetaData, RowGroup } from 'hyparquet'
import { CorpusError } from '../errors.ts'
import type { DocumentStream } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import type { ResolvedReadOptions } from '../documents/read-options.ts'
import { readRows, type RowText } from '../documents/row-text.ts'
import type { BatchSize } from '../segments/group-batches.ts'
import type { RowGroupSegment } from '../segments/segment.ts'
import type { ByteSource } from '../sources/byte-source.ts'
import { missingColumn } from './missing-column.ts'
import { parquetCompressors } from './parquet-compressors.ts'
import { readPageRuns, type PageRun } from './parquet-pages.ts'

/** The row groups of a Parquet file, from its footer. */
export async function parquetRowGroups(source: ByteSource, byteLength: number): Promise<BatchSize[]> {
  const metadata = await readMetadata(source, byteLength)
  return metadata.row_groups.map((group) => ({
    rows: Number(group.num_rows),
    byteLength: group.columns.reduce(
      (sum, column) => sum + Number(column.meta_data?.total_compressed_size ?? 0),
      0,
    ),
  }))
}

/** The texts of some row groups, a few pages of the column at a time. */
export async function* readParquet(
  source: ByteSource,
  segment: RowGroupSegment,
  options: ResolvedReadOptions,
  desk: ProblemDesk,
): DocumentStream {
  const metadata = await readMetadata(source, source.byteLength ?? 0)
  checkColumn(metadata, source.name, options.field)
  let row = segment.firstRow
  try {
    for (const group of metadata.row_groups.slice(segment.start, segment.end)) {
      const column = group.columns.find(
        (candidate) => candidate.meta_data?.path_in_schema[0] === options.field,
      )
      if (column?.meta_data === undefined)
        throw new CorpusError('broken-file', 'a row group lacks the column', { source: source.name })
      for await (const run of readPageRuns(source, column.meta_data, options.maxBatchBytes)) {
        const texts = await decodeRun(metadata, group, column.meta_data, run, options)
        yield* readRows(texts, row, options.field, desk)
        row += run.rows
      }
    }
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause
    throw brokenParquet(source.name, cause)
  }
}

async function readMetadata(source: ByteSource, byteLength: number): Promise<FileMetaData> {
  const { parquetMetadataAsync } = await import('hyparquet')
  const file: AsyncBuffer = {
    byteLength,
    slice: async (start, end = byteLength) => {
      const bytes = await source.read(start, Math.min(end, byteLength))
      return exactBuffer(bytes)
    },
  }
  try {
    return await parquetMetadataAsync(file)
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause
    throw brokenParquet(source.name, cause)
  }
}

function checkColumn(metadata: FileMetaData, source: string, column: string): void {
  const [root, ...rest] = metadata.schema
  const names: string[] = []
  for (let at = 0, left = root?.num_children ?? 0; left > 0 && at < rest.length; left--) {
    const element = rest[at]!
    names.push(element.name)
    if (
      element.name === column &&
      (element.num_children || element.repetition_type === 'REPEATED' || element.type !== 'BYTE_ARRAY')
    ) {
      throw new CorpusError('missing-field', `column ${JSON.stringify(column)} does not hold text`, {
        source,
      })
    }
    for (let below = 1; below > 0; at++) below += (rest[at]?.num_children ?? 0) - 1
  }
  if (!names.includes(column)) throw missingColumn(source, column, names)
}

/** Hands hyparquet a file that holds one row group of one column: the pages of the run. */
async function decodeRun(
  metadata: FileMetaData,
  group: RowGroup,
  column: ColumnMetaData,
  run: PageRun,
  options: ResolvedReadOptions,
): Promise<RowText[]> {
  const { parquetRead } = await import('hyparquet')
  const { statistics, ...rest } = column
  void statistics
  const pages: ColumnMetaData = {
    ...rest,
    num_values: BigInt(run.rows),
    total_compressed_size: BigInt(run.bytes.length - run.start),
    total_uncompressed_size: BigInt(run.bytes.length - run.start),
    data_page_offset: BigInt(run.dataStart),
    ...(run.dataStart > run.start ? { dictionary_page_offset: BigInt(run.start) } : {}),
  }
  if (run.dataStart === run.start) delete pages.dictionary_page_offset
  const rowGroup: RowGroup = {
    columns: [{ file_offset: 0n, meta_data: pages }],
    num_rows: BigInt(run.rows),
    total_byte_size: group.total_byte_size,
  }
  let texts: RowText[] = []
  await parquetRead({
    file: {
      byteLength: run.bytes.length,
      slice: (start, end) => exactBuffer(run.bytes.subarray(start, end)),
    },
    metadata: { ...metadata, num_rows: BigInt(run.rows), row_groups: [rowGroup] },
    columns: [options.field],
    compressors: await parquetCompressors(options.maxBatchBytes),
    parsers: { stringFromBytes: keepBytes, jsonFromBytes: keepBytes },
    utf8: false,
    onComplete: (rows) => {
      texts = rows.map(([bytes]) => (bytes instanceof Uint8Array ? bytes : undefined))
    },
  })
  if (texts.length !== run.rows) throw new Error(`pages hold ${texts.length} rows, not ${run.rows}`)
  return texts
}

function keepBytes(bytes: Uint8Array): Uint8Array {
  return bytes
}

function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer
  return new Uint8Array(bytes).buffer
}

function brokenParquet(source: string, cause: unknown): CorpusError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new CorpusError('broken-file', `the Parquet file is cut or damaged (${why}); fetch it again`, {
    source,
    cause,
  })
}
