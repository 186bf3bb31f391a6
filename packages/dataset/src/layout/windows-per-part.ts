import { rowByteLengthOf, type DatasetLayout } from './layout.ts'

/** Parts are about this big, so that one is a task of seconds and a reader maps few of them. */
export const usualPartByteLength: number = 128 << 20

/**
 * The windows of a part: a multiple of the layout's `rowsPerBatch`, once at least.
 *
 * @param byteLength - about how many bytes a part has. @default 128 MiB
 */
export function windowsPerPartOf(layout: DatasetLayout, byteLength: number = usualPartByteLength): number {
  const batchByteLength = rowByteLengthOf(layout) * layout.rowsPerBatch
  return Math.max(1, Math.round(byteLength / batchByteLength)) * layout.rowsPerBatch
}
