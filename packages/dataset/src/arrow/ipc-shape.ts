import { partColumnsOf, type Column, type FileColumn, type TextColumn } from '../layout/columns.ts'
import { documentColumnsOf } from '../layout/document-table.ts'
import type { DatasetLayout, KeptLayout, PartFormat } from '../layout/layout.ts'

/** What decides the bytes around the record batches of an IPC file or stream. */
export interface IpcShape<C extends FileColumn = FileColumn> {
  readonly columns: readonly C[]
  readonly format: PartFormat
}

/** One for each layout: what is made of a shape is then made once for all parts. */
const known = new WeakMap<DatasetLayout, IpcShape<Column | TextColumn>>()

/** The shape of a dataset's parts. */
export function ipcShapeOf(layout: DatasetLayout): IpcShape<Column | TextColumn> {
  const shape = known.get(layout) ?? { columns: partColumnsOf(layout), format: layout.format }
  known.set(layout, shape)
  return shape
}

/** The shape of the files of a document table. */
export function documentShapeOf(kept: KeptLayout): IpcShape {
  return { columns: documentColumnsOf(kept), format: 'file' }
}
