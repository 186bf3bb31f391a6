import { elementByteLength, elementsPerRow, isTextColumn, type ColumnName } from '../layout/columns.ts'
import type { ReadHandle } from '../storage/storage.ts'
import type { PartReader } from './part-reader.ts'

/** Where a record batch lies, for readers that fetch rows into memory of their own. */
export interface BatchPlace {
  readonly handle: ReadHandle
  /** The corpus' number of the first row's window. */
  readonly firstWindow: number
  readonly rows: number
  /** The columns whose rows all have the same size. */
  readonly columns: Readonly<Partial<Record<ColumnName, ColumnPlace>>>
}

/** Row `r` of a column is the `rowByteLength` bytes at `position + r · rowByteLength`. */
export interface ColumnPlace {
  readonly position: number
  readonly rowByteLength: number
}

/** Where a record batch of an open part lies. */
export function placeBatch(part: PartReader, batch: number, firstWindow: number): BatchPlace {
  const { handle, position, plan } = part.body(batch)
  const columns: Partial<Record<ColumnName, ColumnPlace>> = {}
  for (const { column, data } of plan.columns) {
    if (isTextColumn(column) || column.shape === 'list') continue
    const rowByteLength = elementsPerRow(column) * elementByteLength[column.element]
    columns[column.name] = { position: position + data.offset, rowByteLength }
  }
  return { handle, firstWindow, rows: plan.rows, columns }
}
