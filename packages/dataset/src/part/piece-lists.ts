import { DatasetError } from '../errors.ts'
import type { PieceColumnName } from '../layout/columns.ts'
import type { PieceLists } from './part-batch.ts'

/** The key of each piece column in {@link PieceLists}. */
export const pieceKeyOf = {
  piece_lengths: 'lengths',
  piece_documents: 'documents',
  piece_first_tokens: 'firstTokens',
  piece_sources: 'sources',
  piece_byte_starts: 'byteStarts',
  piece_byte_ends: 'byteEnds',
} as const satisfies Readonly<Record<PieceColumnName, keyof PieceLists>>

/** Checks that each row has pieces, and that their lengths add up to T. */
export function checkPieces(given: PieceLists | undefined, rows: number, maxLength: number): PieceLists {
  if (given === undefined || given.offsets.length !== rows + 1) {
    const got = given === undefined ? 'nothing' : String(given.offsets.length)
    throw new DatasetError(
      'invalid-argument',
      `Expected \`pieces.offsets\` of ${rows + 1} elements, got ${got}`,
    )
  }
  const { offsets, lengths } = given
  if (offsets[0] !== 0 || offsets[rows] !== lengths.length) throw wrong(0)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let piece = offsets[row]!; piece < offsets[row + 1]!; piece++) {
      if (lengths[piece]! < 1) throw wrong(row)
      sum += lengths[piece]!
    }
    if (sum !== maxLength) throw wrong(row)
  }
  return given

  function wrong(row: number): DatasetError {
    return new DatasetError(
      'invalid-argument',
      `Expected the pieces of row ${row} to have ${maxLength} ids together, offsets from 0 to the number of pieces`,
    )
  }
}

/** The pieces of rows `first` to `end`, with offsets from 0 again. */
export function slicePieces(pieces: PieceLists, first: number, end: number): PieceLists {
  const { offsets } = pieces
  const start = offsets[first]!
  const stop = offsets[end]!
  return {
    offsets: offsets.slice(first, end + 1).map((offset) => offset - start),
    lengths: pieces.lengths.subarray(start, stop),
    documents: pieces.documents.subarray(start, stop),
    firstTokens: pieces.firstTokens.subarray(start, stop),
    sources: pieces.sources.subarray(start, stop),
    byteStarts: pieces.byteStarts.subarray(start, stop),
    byteEnds: pieces.byteEnds.subarray(start, stop),
  }
}
