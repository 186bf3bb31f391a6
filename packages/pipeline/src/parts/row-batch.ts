import type { TableRows } from '@sluice/embedding'

/** Batches beyond this many bytes lie elsewhere: the memory of a table is never given back. */
const mostBytes = 64 << 20

/** Memory for a batch in the memory of a table, where rows are copied to without a stop between. */
export class RowBatch {
  readonly #rows: TableRows
  #bytes: Uint8Array | undefined

  constructor(rows: TableRows) {
    this.#rows = rows
  }

  /** The same memory each time, as long as it is large enough; undefined where a table has no room for it. */
  take(byteLength: number): Uint8Array | undefined {
    if (byteLength > mostBytes) return undefined
    const before = this.#bytes?.length ?? 0
    if (before < byteLength) {
      const bytes = this.#rows.allocate(Math.min(mostBytes, Math.max(byteLength, 2 * before)))
      if (bytes === undefined) return undefined
      this.#bytes = bytes
    }
    return this.#bytes?.subarray(0, byteLength)
  }
}
