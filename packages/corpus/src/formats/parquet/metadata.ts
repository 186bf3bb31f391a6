import type { AsyncBuffer, FileMetaData } from 'hyparquet'
import { CorpusError } from '../../errors.ts'
import { corpusLimits } from '../../limits.ts'
import { expectedRatio } from '../../cut/expected-ratio.ts'
import type { BatchSize } from '../../cut/group-batches.ts'
import type { ByteSource } from '../../bytes/byte-source.ts'

/**
 * Reads how many rows and bytes each row group has, from the footer: bytes when it is read, for these are the work. What a footer says
 * of them is believed up to {@link expectedRatio} times what is stored.
 */
export async function rowGroupSizes(source: ByteSource, byteLength: number): Promise<BatchSize[]> {
  const metadata = await readParquetMetadata(source, byteLength)
  return metadata.row_groups.map((group) => ({
    rows: Number(group.num_rows),
    byteLength: group.columns.reduce((sum, { meta_data: column }) => {
      const stored = Number(column?.total_compressed_size ?? 0)
      const plain = Number(column?.total_uncompressed_size ?? 0)
      return sum + Math.min(Math.max(stored, plain), expectedRatio * stored)
    }, 0),
  }))
}

/** @throws CorpusError `broken-file` for a footer that is damaged or does not belong to its row groups */
export async function readParquetMetadata(source: ByteSource, byteLength: number): Promise<FileMetaData> {
  const { parquetMetadataAsync } = await import('hyparquet')
  const file: AsyncBuffer = {
    byteLength,
    slice: async (start, end = byteLength) => {
      if (end - start > corpusLimits.metadataBytes.most) throw new Error('its footer has no valid length')
      const bytes = await source.read(start, Math.min(end, byteLength))
      return exactBuffer(bytes)
    },
  }
  try {
    const metadata = await parquetMetadataAsync(file)
    checkRows(metadata)
    return metadata
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause
    throw brokenParquet(source.name, cause)
  }
}

/** Every column of a group has its rows, also those that are not read: a file that contradicts itself is damaged somewhere. */
function checkRows({ schema, num_rows: all, row_groups: groups }: FileMetaData): void {
  const isRepeated = repeatedLeaves(schema)
  let sum = 0n
  for (const { num_rows: rows, columns } of groups) {
    for (const [leaf, { meta_data: column, crypto_metadata: cipher, file_path: file }] of columns.entries()) {
      // What is said of an encrypted column may stand elsewhere.
      if (column === undefined && cipher === undefined && file === undefined)
        throw new Error('a row group says nothing of one of its columns')
      if (column === undefined || isRepeated[leaf] !== false || column.num_values === rows) continue
      const name = column.path_in_schema.join('.')
      throw new Error(`column ${name} has ${column.num_values} values in a row group of ${rows} rows`)
    }
    if (rows < 0n || rows > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`a row group of ${rows} rows`)
    sum += rows
  }
  if (sum !== all) throw new Error(`its row groups have ${sum} rows, its footer says ${all}`)
}

/** For each column that holds values, whether it or a group around it is repeated, so that rows hold any number of its values. */
function repeatedLeaves(schema: FileMetaData['schema']): readonly boolean[] {
  const leaves: boolean[] = []
  /** Groups that the next element lies in: how many of their children are to come, and whether they are repeated. */
  const around: { left: number; readonly isRepeated: boolean }[] = []
  for (const { num_children: children = 0, repetition_type: kind } of schema) {
    const isRepeated = kind === 'REPEATED' || around.at(-1)?.isRepeated === true
    const parent = around.at(-1)
    if (parent !== undefined) parent.left--
    if (children > 0) around.push({ left: children, isRepeated })
    else if (parent !== undefined) leaves.push(isRepeated)
    while (around.at(-1)?.left === 0) around.pop()
  }
  return leaves
}

/** The memory of some bytes, without anything before or after them. */
export function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer
  return new Uint8Array(bytes).buffer
}

/** An error for a Parquet file that is cut or damaged. */
export function brokenParquet(source: string, cause: unknown): CorpusError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new CorpusError('broken-file', `the Parquet file is cut or damaged (${why}); fetch it again`, {
    source,
    cause,
  })
}
