import type { PieceLists } from '@sluice/dataset'

/** A piece of a packed row, and where it is from. */
export interface PackedRowPiece {
  readonly row: number
  /** Place of its first id in the row. */
  readonly column: number
  readonly length: number
  readonly document: number
  /** Index of its first id in its document. */
  readonly first: number
  readonly source: number
  readonly byteStart: number
  readonly byteEnd: number
}

/** What fills a row up: no document, no source. */
const filling = { document: -1, first: 0, source: -1, byteStart: 0, byteEnd: 0 } as const

/** Collects the pieces of a batch of packed rows, in any order, and lists them row by row. */
export class PackedRows {
  readonly #maxLength: number
  #pieces: PackedRowPiece[] = []

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  add(piece: PackedRowPiece): void {
    this.#pieces.push(piece)
  }

  /** Gives the pieces of `rows` rows in their places, the filling included, and forgets them. */
  take(rows: number): PieceLists {
    const sorted = this.#pieces.toSorted((left, right) => left.row - right.row || left.column - right.column)
    this.#pieces = []
    const offsets = new Int32Array(rows + 1)
    const listed: PackedRowPiece[] = []
    let next = 0
    for (let row = 0; row < rows; row++) {
      let column = 0
      for (; sorted[next]?.row === row; next++) {
        const piece = sorted[next]!
        listed.push(piece)
        column += piece.length
      }
      if (column < this.#maxLength) listed.push({ ...filling, row, column, length: this.#maxLength - column })
      offsets[row + 1] = listed.length
    }
    return {
      offsets,
      lengths: Int32Array.from(listed, ({ length }) => length),
      documents: Float64Array.from(listed, ({ document }) => document),
      firstTokens: Float64Array.from(listed, ({ first }) => first),
      sources: Int32Array.from(listed, ({ source }) => source),
      byteStarts: Float64Array.from(listed, ({ byteStart }) => byteStart),
      byteEnds: Float64Array.from(listed, ({ byteEnd }) => byteEnd),
    }
  }
}
