import { ignoredTarget } from '@sluice/dataset'
import type { TokenPlacer } from '../tokens/token-places.ts'
import type { TokenReader } from '../tokens/token-stream.ts'
import type { PieceList } from '../windows/piece.ts'
import { JoinedCopies } from './joined-copies.ts'
import type { PackedRowPiece } from './packed-rows.ts'
import type { PartBuffers } from './part-buffers.ts'

/** What filling windows needs besides the pieces. */
export interface FillContext {
  readonly tokens: TokenReader
  readonly placer: TokenPlacer
  readonly maxLength: number
  readonly vocabSize: number
  /** What fills a row up after its last piece. */
  readonly endOfTextId: number
  readonly buffers: PartBuffers
}

/**
 * Fills `rows` rows of the buffers with their pieces of the stream: ids, targets, where documents begin, and where the ids are from.
 *
 * @returns whether all ids are of the vocabulary: those of a file that was changed may not be
 */
export async function fillWindows(rows: number, context: FillContext): Promise<boolean> {
  const { tokens, placer, maxLength, vocabSize, endOfTextId, buffers } = context
  let inside = true
  const { pieces, inputIds, targetIds, begins, places, packedRows, filled } = buffers
  begins.fill(0, 0, rows * maxLength)
  filled.fill(0, 0, rows)
  pieces.sort()
  for (let first = 0; first < pieces.count;) {
    const run = nextRun(pieces, first, places.ids.ids.length, maxLength)
    const count = run.end - run.start
    const ids = places.ids.ids.subarray(0, count)
    await tokens.read(run.start, ids)
    inside &&= places.ids.highest(count) < vocabSize
    await placer.place(run.start, count, places)
    const toInputs = new JoinedCopies(ids, inputIds)
    const toTargets = new JoinedCopies(ids, targetIds)
    for (; first < run.next; first++) {
      const row = pieces.row[first]!
      const column = pieces.column[first]!
      const inputs = pieces.inputs[first]!
      const targets = pieces.targets[first]!
      const from = pieces.start[first]! - run.start
      const to = row * maxLength + column
      toInputs.add(from, to, inputs)
      toTargets.add(from + 1, to, targets)
      for (let step = targets; step < inputs; step++) targetIds[to + step] = ignoredTarget
      if (begins.length > 0) markDocuments(from, to, inputs, buffers)
      placeRow(row, column, from, from + inputs - 1, buffers)
      const documentFirst = pieces.first[first]!
      if (packedRows !== undefined) {
        packedRows.add({
          row,
          column,
          length: inputs,
          first: documentFirst,
          ...placeOf(from, inputs, places),
        })
      }
      filled[row] = column + inputs
    }
    toInputs.end()
    toTargets.end()
  }
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * maxLength
    const from = row * maxLength + filled[row]!
    if (from === end) continue
    inputIds.fill(endOfTextId, from, end)
    targetIds.fill(ignoredTarget, from, end)
    // The filling counts as a document of its own, so that nothing attends to it.
    if (begins.length > 0) begins[from] = 1
  }
  return inside
}

/** Pieces from `first` on that one read serves: near each other, and within the buffer. */
function nextRun(
  pieces: PieceList,
  first: number,
  capacity: number,
  maxGap: number,
): { readonly next: number; readonly start: number; readonly end: number } {
  const start = pieces.start[first]!
  let end = start
  let next = first
  for (; next < pieces.count; next++) {
    const pieceStart = pieces.start[next]!
    const pieceEnd = pieceStart + Math.max(pieces.inputs[next]!, pieces.targets[next]! + 1)
    if (next > first && (pieceStart - end > maxGap || pieceEnd - start > capacity)) break
    end = Math.max(end, pieceEnd)
  }
  return { next, start, end }
}

/** Marks where in its row a document begins, the piece's own beginning included. */
function markDocuments(from: number, to: number, inputs: number, { begins, places }: PartBuffers): void {
  const { runs } = places
  begins[to] = 1
  for (let run = places.findRun(from) + 1; run < runs.length && runs[run]!.first < from + inputs; run++) {
    if (runs[run]!.document !== runs[run - 1]!.document) begins[to + runs[run]!.first - from] = 1
  }
}

/** The document and the bytes of the source that a piece of one document is from. */
function placeOf(
  from: number,
  inputs: number,
  places: PartBuffers['places'],
): Pick<PackedRowPiece, 'document' | 'source' | 'byteStart' | 'byteEnd'> {
  const first = places.findRun(from)
  const { document, source } = places.runs[first]!
  const byteStart = places.startOf(first, from)
  const to = from + inputs - 1
  return { document, source, byteStart, byteEnd: places.endOf(places.findRun(to), to) }
}

/** Of a row: the source and document of its first id, and the range of that source which its ids came from. */
function placeRow(row: number, column: number, from: number, to: number, buffers: PartBuffers): void {
  const { places, source, document, byteStart, byteEnd } = buffers
  const first = places.findRun(from)
  if (column === 0) {
    source[row] = places.runs[first]!.source
    document[row] = places.runs[first]!.document
    byteStart[row] = places.startOf(first, from)
  } else if (places.runs[first]!.source !== source[row]) return
  let run = places.findRun(to)
  let last = to
  while (places.runs[run]!.source !== source[row]) {
    last = places.runs[run]!.first - 1
    run--
  }
  byteEnd[row] = places.endOf(run, last)
}
