import type { FileMetaData, RowGroup } from 'hyparquet'
import type { ByteSource } from '../../bytes/byte-source.ts'
import type { ColumnPath } from './columns.ts'
import { parquetCompressors } from './compressors.ts'
import { decodeRun } from './decode-run.ts'
import { readPageRuns } from './page-runs.ts'

/** A column of a row group to read. */
export interface ColumnInput {
  readonly source: ByteSource
  readonly metadata: FileMetaData
  readonly group: RowGroup
  readonly place: ColumnPath
  readonly maxBatchBytes: number
}

/**
 * Reads the values of one column of a row group, a few pages at a time; texts as bytes, nulls as `null` or `undefined`.
 *
 * @throws Error if the row group lacks the column, or the column has other than the rows of its group
 */
export async function* readColumnValues({
  source,
  metadata,
  group,
  place,
  maxBatchBytes,
}: ColumnInput): AsyncGenerator<readonly unknown[], void, undefined> {
  const name = place.path.join('\0')
  const chunk = group.columns.find(({ meta_data: column }) => column?.path_in_schema.join('\0') === name)
  const column = chunk?.meta_data
  if (column === undefined || chunk?.file_path !== undefined) throw new Error('a row group lacks the column')
  const compressors = await parquetCompressors(maxBatchBytes)
  let rows = 0
  for await (const run of readPageRuns(source, column, maxBatchBytes)) {
    rows += run.rows
    if (rows > group.num_rows) break
    yield await decodeRun(run, { metadata, column, place, compressors })
  }
  if (BigInt(rows) !== group.num_rows)
    throw new Error(`a column has ${rows} rows, its row group ${group.num_rows}`)
}
