import type { RunConfig } from '../run-config.ts'
import { documentRowLength } from './token-file.ts'
import { placeInStream, type TokenReader } from './token-stream.ts'

/** Where the ids of a range come from, one entry an id. */
export interface TokenPlaces {
  /** Index of the source in the plan. */
  readonly source: Int32Array
  /** The corpus' number of the document. */
  readonly document: Float64Array
  /** Where in the source the id's text begins and ends: bytes of a .txt, elsewhere the range of its document. */
  readonly start: Float64Array
  readonly end: Float64Array
}

export function allocatePlaces(length: number): TokenPlaces {
  return {
    source: new Int32Array(length),
    document: new Float64Array(length),
    start: new Float64Array(length),
    end: new Float64Array(length),
  }
}

/** What of the run decides how ids are placed. */
export interface PlaceRules {
  readonly separator: RunConfig['separator']
  /** Bytes of each id's text. */
  readonly tokenByteLengths: Uint16Array
  /** For each source, whether its positions count bytes of the text itself. */
  readonly positionsAreBytes: readonly boolean[]
}

/** A point of the walk: the next id is `index` of `segment`, in document `row` of its table (−1: none yet). */
interface WalkState {
  segment: number
  index: number
  row: number
  /** Position of the next id's text, where positions are bytes. */
  byte: number
}

/** Walks along the token stream and says of each id which source, document and bytes it is of. */
export class TokenPlacer {
  readonly #reader: TokenReader
  readonly #rules: PlaceRules
  readonly #tables = new Map<number, Float64Array>()
  #state: WalkState = { segment: 0, index: 0, row: -1, byte: 0 }

  constructor(reader: TokenReader, rules: PlaceRules) {
    this.#reader = reader
    this.#rules = rules
  }

  /** Goes to a stream position. The ids of its document that the segment holds before it are read once. */
  async seek(position: number): Promise<void> {
    const { segment, index } = placeInStream(this.#reader.index, position)
    await this.#loadTables(segment, segment)
    const rows = this.#table(segment)
    let row = -1
    while ((row + 1) * documentRowLength < rows.length && firstTokenOf(rows, row + 1) < index) row += 1
    let byte = row < 0 ? 0 : positionOf(rows, row)
    if (row >= 0) {
      for (const id of await this.#reader.readSegment(segment, firstTokenOf(rows, row), index)) {
        byte += this.#rules.tokenByteLengths[id]!
      }
    }
    this.#state = { segment, index, row, byte }
  }

  /**
   * Places `ids`, which begin where the walk is, and moves it on by `advance` of them.
   *
   * @param places receives one entry for each id
   * @returns how many documents begin in those it moved on by
   */
  async place(ids: Int32Array, places: TokenPlaces, advance: number): Promise<number> {
    await this.#loadAhead(ids.length)
    const state = { ...this.#state }
    const begun = this.#walk(state, ids.subarray(0, advance), places, 0)
    this.#state = { ...state }
    this.#walk(state, ids.subarray(advance), places, advance)
    return begun
  }

  /** Walks over `ids`; returns how many documents begin among them. */
  #walk(state: WalkState, ids: Int32Array, places: TokenPlaces, offset: number): number {
    let begun = 0
    for (let done = 0; done < ids.length;) {
      const { receipt, firstDocument } = this.#reader.index.segments[state.segment]!
      if (state.index === receipt.tokens) {
        Object.assign(state, { segment: state.segment + 1, index: 0, row: -1, byte: 0 })
        continue
      }
      const rows = this.#table(state.segment)
      const rowCount = rows.length / documentRowLength
      const nextFirst = state.row + 1 < rowCount ? firstTokenOf(rows, state.row + 1) : receipt.tokens
      if (state.index === nextFirst) {
        state.row += 1
        if (state.row > 0 || !receipt.continued) begun += 1
        state.byte = positionOf(rows, state.row)
        continue
      }
      // Up to the next document's first id: the ids of one document, and the separator before the next one.
      const length = Math.min(nextFirst - state.index, ids.length - done)
      const textEnd = this.#textEnd(state, rows, rowCount, nextFirst, receipt.tokens)
      const document = firstDocument + Math.max(0, state.row)
      const byBytes = this.#rules.positionsAreBytes[receipt.source] === true
      for (let step = 0; step < length; step += 1) {
        const at = offset + done + step
        places.source[at] = receipt.source
        places.document[at] = document
        if (state.index + step >= textEnd) {
          const border = separatorPosition(rows, state.row, rowCount, this.#rules.separator)
          places.start[at] = border
          places.end[at] = border
        } else if (byBytes) {
          places.start[at] = state.byte
          state.byte += this.#rules.tokenByteLengths[ids[done + step]!]!
          places.end[at] = state.byte
        } else {
          places.start[at] = positionOf(rows, state.row)
          places.end[at] = endPositionOf(rows, state.row)
        }
      }
      state.index += length
      done += length
    }
    return begun
  }

  /** Index of the first id after the text of the document the walk is in: a separator, or the next text. */
  #textEnd(
    state: WalkState,
    rows: Float64Array,
    rowCount: number,
    nextFirst: number,
    tokens: number,
  ): number {
    if (state.row < 0) return state.index
    const last = state.row + 1 === rowCount
    switch (this.#rules.separator) {
      case 'none':
        return nextFirst
      case 'between':
        return last ? tokens : nextFirst - 1
      case 'after':
        return last && this.#continues(state.segment) ? tokens : nextFirst - 1
    }
  }

  /** Whether the segment's last document goes on in the next one. */
  #continues(segment: number): boolean {
    return this.#reader.index.segments[segment + 1]?.receipt.continued === true
  }

  async #loadAhead(length: number): Promise<void> {
    const { segments } = this.#reader.index
    let { segment } = this.#state
    let room = segments[segment]!.receipt.tokens - this.#state.index
    while (room < length && segment + 1 < segments.length) {
      segment += 1
      room += segments[segment]!.receipt.tokens
    }
    await this.#loadTables(this.#state.segment, segment)
  }

  async #loadTables(first: number, last: number): Promise<void> {
    for (const segment of this.#tables.keys())
      if (segment < first || segment > last) this.#tables.delete(segment)
    for (let segment = first; segment <= last; segment += 1) {
      if (!this.#tables.has(segment)) this.#tables.set(segment, await this.#reader.documentTable(segment))
    }
  }

  #table(segment: number): Float64Array {
    return this.#tables.get(segment)!
  }
}

function firstTokenOf(rows: Float64Array, row: number): number {
  return rows[row * documentRowLength]!
}

function positionOf(rows: Float64Array, row: number): number {
  return rows[row * documentRowLength + 1]!
}

function endPositionOf(rows: Float64Array, row: number): number {
  return rows[row * documentRowLength + 2]!
}

/** A separator has no text: it stands at the border of the document it belongs to. */
function separatorPosition(
  rows: Float64Array,
  row: number,
  rowCount: number,
  separator: RunConfig['separator'],
): number {
  if (separator === 'between' && row + 1 < rowCount) return positionOf(rows, row + 1)
  return row < 0 ? 0 : endPositionOf(rows, row)
}
