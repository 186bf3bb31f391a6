import type { RunConfig } from '../plan/run-config.ts'
import { documentRowLength } from '../tokens/token-file.ts'
import type { TokenIndex } from '../tokens/token-stream.ts'
import { gapOf, lengthOfRow } from '../tokens/document-sums.ts'
import type { WindowIndex } from './window-index.ts'

/** Where the ids of a document are: those of it that lie in later segments included. */
export interface DocumentRange {
  /** Stream position of its first id. */
  readonly start: number
  readonly length: number
}

/** The document in row `row` of a segment's table; it must begin there. */
export function rangeOfDocument(
  stream: TokenIndex,
  windows: WindowIndex,
  { segment, table, row }: { readonly segment: number; readonly table: Float64Array; readonly row: number },
  config: Pick<RunConfig, 'separator'>,
): DocumentRange {
  const { receipt, start, skipped } = stream.segments[segment]!
  const last = (row + 1) * documentRowLength >= table.length
  return {
    start: start - skipped + table[row * documentRowLength]!,
    length: last
      ? windows.segments[segment]!.lastLength
      : lengthOfRow(table, row, receipt.tokens, gapOf(config)),
  }
}
