import type { RunConfig } from '../plan/run-config.ts'
import type { StreamSegment, TokenIndex } from '../tokens/token-stream.ts'
import { addSums, addText, noSums, type DocumentSums, type TextSums } from '../tokens/document-sums.ts'
import { countTailOfText, countWindowsOfText } from '../plan/window-cut.ts'

/** The windows of the documents that begin in one segment. */
export interface SegmentWindows {
  readonly firstWindow: number
  /** Ids of the last document that begins here, those in later segments included. */
  readonly lastLength: number
}

/** Which windows there are, by prefix sums over the segments: no list of windows or documents is held. */
export interface WindowIndex extends TextSums {
  /** One for each segment of the stream where documents are cut for themselves; else none. */
  readonly segments: readonly SegmentWindows[]
}

/** Lays out the windows of a stream. */
export function indexWindows(stream: TokenIndex, config: RunConfig): WindowIndex {
  if (config.boundary === 'cross') {
    const windows = countWindowsOfText(stream.tokens, config)
    return { windows, tailTokens: countTailOfText(stream.tokens, config), shortDocuments: 0, segments: [] }
  }
  let sums = noSums
  const segments = stream.segments.map((segment, index): SegmentWindows => {
    const { windows: firstWindow } = sums
    const begun = segment.receipt.documents - (segment.continued ? 1 : 0)
    if (begun === 0) return { firstWindow, lastLength: 0 }
    const { firstLength, inner } = sumsOf(segment)
    sums = addSums(sums, inner)
    // The first row is also the last where there is only one.
    if (!segment.continued && segment.receipt.documents > 1) sums = addText(sums, firstLength, config)
    const lastLength = lengthOfLast(stream, index)
    sums = addText(sums, lastLength, config)
    return { firstWindow, lastLength }
  })
  return { ...sums, segments }
}

/** Ids of the last document that begins in a segment: it may run through several. */
function lengthOfLast({ segments }: TokenIndex, index: number): number {
  let length = sumsOf(segments[index]!).lastLength
  for (let next = index + 1; segments[next]?.continued === true; next++) {
    length += sumsOf(segments[next]!).firstLength
    if (segments[next]!.receipt.documents > 1) break
  }
  return length
}

function sumsOf({ receipt }: StreamSegment): DocumentSums {
  return receipt.sums ?? { firstLength: 0, lastLength: 0, inner: noSums }
}

/** The segment in which the document of a window begins. */
export function segmentOfWindow({ segments }: WindowIndex, window: number): number {
  let low = 0
  let high = segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (segments[middle]!.firstWindow <= window) low = middle
    else high = middle - 1
  }
  return low
}
