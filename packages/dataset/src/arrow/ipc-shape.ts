import { columnsOf, type ArrowColumn, type Column } from '../layout/columns.ts'
import type { DatasetLayout, PartFormat } from '../layout/layout.ts'

/** What decides the bytes around the record batches of an IPC file or stream. */
export interface IpcShape<C extends ArrowColumn = ArrowColumn> {
  readonly columns: readonly C[]
  readonly format: PartFormat
}

/** The shape of a dataset's parts. */
export function ipcShapeOf(layout: DatasetLayout): IpcShape<Column> {
  return { columns: columnsOf(layout), format: layout.format }
}
