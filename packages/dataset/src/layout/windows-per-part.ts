import { rowByteLengthOf, type DatasetLayout } from './layout.ts'

/** Parts are about this big, so that one is a task of seconds and a reader maps few of them. */
const partByteLength = 128 << 20

/** The windows of a part of about 128 MiB: a multiple of the layout's `rowsPerBatch`. */
export function windowsPerPartOf(layout: DatasetLayout): number {
  const batchByteLength = rowByteLengthOf(layout) * layout.rowsPerBatch
  return Math.max(1, Math.round(partByteLength / batchByteLength)) * layout.rowsPerBatch
}
