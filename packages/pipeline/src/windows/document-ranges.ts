import type { RunConfig } from '../plan/run-config.ts'
import type { TokenReader } from '../tokens/token-stream.ts'
import { rangeOfDocument, type DocumentRange } from './documents.ts'
import { segmentOfWindow, type WindowIndex } from './window-index.ts'

/** Where a document is in the stream, and in the table of the segment that it begins in. */
export interface PlacedDocument extends DocumentRange {
  readonly segment: number
  readonly row: number
}

/** All documents from number `first` on, in order, where each is cut for itself. */
export async function* rangesOfDocuments(
  tokens: TokenReader,
  windows: WindowIndex,
  config: RunConfig,
  first = 0,
): AsyncGenerator<PlacedDocument, void> {
  const { segments } = tokens.index
  for (let segment = segmentOfWindow(windows, first); segment < segments.length; segment++) {
    const { receipt, continued, firstDocument } = segments[segment]!
    const begun = continued ? 1 : 0
    const table = await tokens.documentTable(segment)
    for (let row = Math.max(begun, first - firstDocument); row < receipt.documents; row++)
      yield { segment, row, ...rangeOfDocument(tokens.index, windows, { segment, table, row }, config) }
  }
}
