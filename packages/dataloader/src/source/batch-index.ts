import type { DatasetManifest } from '@sluice/dataset'

/** Which record batch of a dataset holds a window. */
export class BatchIndex {
  /** First windows of all record batches, and the end: eight bytes for some megabytes of data. */
  readonly starts: Float64Array

  constructor({ parts, layout: { rowsPerBatch }, totals }: DatasetManifest) {
    const batches = parts.reduce((sum, { rows }) => sum + Math.ceil(rows / rowsPerBatch), 0)
    this.starts = new Float64Array(batches + 1)
    let batch = 0
    for (const { firstWindow, rows } of parts) {
      for (let row = 0; row < rows; row += rowsPerBatch) this.starts[batch++] = firstWindow + row
    }
    this.starts[batch] = totals.rows
  }

  batchOf(window: number): number {
    const { starts } = this
    let low = 0
    let high = starts.length - 2
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (starts[middle]! <= window) low = middle
      else high = middle - 1
    }
    return low
  }
}
