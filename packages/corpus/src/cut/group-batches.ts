/** What a columnar file says about one row group or record batch. */
export interface BatchSize {
  readonly rows: number
  /** Bytes as stored, or about as many as there are when they are read. */
  readonly byteLength: number
}

/** Neighbouring batches `[start, end)` that make one segment. */
export interface BatchGroup {
  readonly start: number
  readonly end: number
  /** Rows before the first one. */
  readonly firstRow: number
}

/** Puts neighbours together until a group has its bytes. */
export function groupBatches(batches: readonly BatchSize[], targetBytes: number): BatchGroup[] {
  const groups: BatchGroup[] = []
  let start = 0
  let firstRow = 0
  let rows = 0
  let byteLength = 0
  batches.forEach((batch, k) => {
    rows += batch.rows
    byteLength += batch.byteLength
    if (byteLength < targetBytes && k < batches.length - 1) return
    groups.push({ start, end: k + 1, firstRow })
    start = k + 1
    firstRow += rows
    rows = 0
    byteLength = 0
  })
  return groups
}
