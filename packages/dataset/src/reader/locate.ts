import { DatasetError } from '../errors.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'

/** Rows that lie together in one record batch of one part. */
export interface RowSpan {
  /** Index of the part. */
  readonly part: number
  readonly batch: number
  /** First row within the record batch. */
  readonly row: number
  readonly rows: number
}

/**
 * Which rows of which record batches hold windows `first` to `first + count`: arithmetic on the manifest.
 *
 * @throws DatasetError `out-of-range`.
 */
export function locateWindows(
  { parts, totals, layout: { rowsPerBatch } }: DatasetManifest,
  first: number,
  count: number,
): RowSpan[] {
  const valid = Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0
  if (!valid || first + count > totals.rows) {
    const message = `Expected windows in [0, ${totals.rows}), got ${first} to ${first + count}`
    throw new DatasetError('out-of-range', message)
  }
  const spans: RowSpan[] = []
  let window = first
  for (let index = partOf(parts, first); window < first + count; index++) {
    const part = parts[index]!
    const end = Math.min(first + count, part.firstWindow + part.rows)
    while (window < end) {
      const inPart = window - part.firstWindow
      const row = inPart % rowsPerBatch
      const rows = Math.min(rowsPerBatch - row, end - window)
      spans.push({ part: index, batch: Math.floor(inPart / rowsPerBatch), row, rows })
      window += rows
    }
  }
  return spans
}

/** The last part that begins at or before a row. */
export function partOf(parts: DatasetManifest['parts'], window: number): number {
  let low = 0
  let high = parts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (parts[middle]!.firstWindow <= window) low = middle
    else high = middle - 1
  }
  return low
}
