import type { AsyncBuffer, FileMetaData } from 'hyparquet'
import { CorpusError } from '../../errors.ts'
import { corpusLimits } from '../../limits.ts'
import type { BatchSize } from '../../cut/group-batches.ts'
import type { ByteSource } from '../../bytes/byte-source.ts'

/** Reads how many rows and bytes each row group has, from the footer. */
export async function rowGroupSizes(source: ByteSource, byteLength: number): Promise<BatchSize[]> {
  const metadata = await readParquetMetadata(source, byteLength)
  return metadata.row_groups.map((group) => ({
    rows: Number(group.num_rows),
    byteLength: group.columns.reduce(
      (sum, column) => sum + Number(column.meta_data?.total_compressed_size ?? 0),
      0,
    ),
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

function checkRows({ num_rows: all, row_groups: groups }: FileMetaData): void {
  let sum = 0n
  for (const { num_rows: rows } of groups) {
    if (rows < 0n || rows > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`a row group of ${rows} rows`)
    sum += rows
  }
  if (sum !== all) throw new Error(`its row groups have ${sum} rows, its footer says ${all}`)
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
