import { ignoredTarget } from '@sluice/dataset'
import type { TokenPlacer } from '../tokens/token-places.ts'
import type { TokenReader } from '../tokens/token-stream.ts'
import type { Piece } from '../windows/piece.ts'
import type { PartBuffers } from './part-buffers.ts'

/** What filling windows needs besides the pieces. */
export interface FillContext {
  readonly tokens: TokenReader
  readonly placer: TokenPlacer
  readonly maxLength: number
  /** What fills a row up after its last piece. */
  readonly endOfTextId: number
  readonly buffers: PartBuffers
}

/** Fills `rows` rows of the buffers from the stream: ids, targets, where documents begin, and where the ids are from. */
export async function fillWindows(rows: number, pieces: Piece[], context: FillContext): Promise<void> {
  const { tokens, placer, maxLength, endOfTextId, buffers } = context
  const { inputIds, targetIds, begins, places } = buffers
  begins.fill(0, 0, rows * maxLength)
  const filled = new Int32Array(rows)
  pieces.sort((left, right) => left.start - right.start || left.row - right.row)
  for (let first = 0; first < pieces.length;) {
    const { count, start, end } = nextRun(pieces, first, buffers.ids.length, maxLength)
    const ids = buffers.ids.subarray(0, end - start)
    await tokens.read(start, ids)
    await placer.place(start, ids, places)
    for (const piece of pieces.slice(first, first + count)) {
      const from = piece.start - start
      const to = piece.row * maxLength + piece.column
      inputIds.set(ids.subarray(from, from + piece.inputs), to)
      targetIds.set(ids.subarray(from + 1, from + 1 + piece.targets), to)
      targetIds.fill(ignoredTarget, to + piece.targets, to + piece.inputs)
      markDocuments(piece, from, to, buffers)
      placeRow(piece, from, buffers)
      filled[piece.row] = piece.column + piece.inputs
    }
    first += count
  }
  for (let row = 0; row < rows; row += 1) {
    const end = (row + 1) * maxLength
    const from = row * maxLength + filled[row]!
    if (from === end) continue
    inputIds.fill(endOfTextId, from, end)
    targetIds.fill(ignoredTarget, from, end)
    // The filling counts as a document of its own, so that nothing attends to it.
    if (begins.length > 0) begins[from] = 1
  }
}

/** Pieces from `first` on that one read serves: near each other, and within the buffer. */
function nextRun(
  pieces: readonly Piece[],
  first: number,
  capacity: number,
  maxGap: number,
): { readonly count: number; readonly start: number; readonly end: number } {
  const { start } = pieces[first]!
  let end = start
  let next = first
  for (; next < pieces.length; next += 1) {
    const piece = pieces[next]!
    const pieceEnd = piece.start + Math.max(piece.inputs, piece.targets + 1)
    if (next > first && (piece.start - end > maxGap || pieceEnd - start > capacity)) break
    end = Math.max(end, pieceEnd)
  }
  return { count: next - first, start, end }
}

/** Marks where in its row a document begins, the piece's own beginning included. */
function markDocuments({ inputs }: Piece, from: number, to: number, { begins, places }: PartBuffers): void {
  if (begins.length === 0) return
  const { document } = places
  begins[to] = 1
  for (let step = 1; step < inputs; step += 1) {
    if (document[from + step] !== document[from + step - 1]) begins[to + step] = 1
  }
}

/** Of a row: the source and document of its first id, and the range of that source which its ids came from. */
function placeRow({ row, column, inputs }: Piece, from: number, buffers: PartBuffers): void {
  const { places, source, document, byteStart, byteEnd } = buffers
  if (column === 0) {
    source[row] = places.source[from]!
    document[row] = places.document[from]!
    byteStart[row] = places.start[from]!
  } else if (places.source[from] !== source[row]) return
  let last = from + inputs - 1
  while (places.source[last] !== source[row]) last -= 1
  byteEnd[row] = places.end[last]!
}
