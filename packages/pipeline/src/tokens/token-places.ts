import type { DocumentFrame } from '../plan/document-frame.ts'
import type { PlaceRule } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { IdSums } from './id-sums.ts'
import { firstJumpFrom, shiftBefore } from './position-jumps.ts'
import { checkpointInterval, documentRowLength } from './token-file.ts'
import { placeInStream, sourceOfRow, type TokenReader } from './token-stream.ts'

/** Consecutive ids of one document's text, or those before or after it that are no text. */
interface PlaceRun {
  /** Its first id, counted in the range that was placed. */
  readonly first: number
  /** Index of the source in the plan. */
  readonly source: number
  /** The corpus' number of the document. A separator between two documents is of the one that it begins. */
  readonly document: number
  /** Each id has bytes of its own; else all of them have those of the document, and separators the place between two. */
  readonly byBytes: boolean
  readonly start: number
  readonly end: number
  /** Its source has other bytes than its text. */
  readonly isShifted: boolean
}

/** Where the ids of a range come from. */
export class TokenPlaces {
  readonly runs: PlaceRun[] = []
  /** The ids that are placed; in runs by bytes summed up from the run's first id on. */
  readonly ids: IdSums
  /** What is to be added to that, where the source has other bytes than its text; made when there is such a run. */
  #shifts: Float64Array | undefined
  #last = 0

  constructor(ids: IdSums) {
    this.ids = ids
  }

  clear(): void {
    this.runs.length = 0
    this.#last = 0
  }

  /** Index of the run that an id is in. */
  findRun(id: number): number {
    const { runs } = this
    let low = this.#last
    if (runs[low]!.first > id) low = 0
    else if (low + 1 === runs.length || runs[low + 1]!.first > id) return low
    let high = runs.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (runs[middle]!.first <= id) low = middle
      else high = middle - 1
    }
    this.#last = low
    return low
  }

  /** Where in the source the text of an id of a run begins: bytes of a .txt, elsewhere of its document. */
  startOf(run: number, id: number): number {
    const { first, byBytes, start } = this.runs[run]!
    return byBytes && id > first ? this.#endAt(this.runs[run]!, id - 1) : start
  }

  /** Where it ends. */
  endOf(run: number, id: number): number {
    const { byBytes, end } = this.runs[run]!
    return byBytes ? this.#endAt(this.runs[run]!, id) : end
  }

  #endAt({ start, isShifted }: PlaceRun, id: number): number {
    return start + this.ids.sums[id]! + (isShifted ? this.#shifts![id]! : 0)
  }

  /** The shifts of ids `[from, end)`, to be filled. */
  shiftsOf(from: number, end: number): Float64Array {
    this.#shifts ??= new Float64Array(this.ids.ids.length)
    return this.#shifts.subarray(from, end)
  }
}

/** Facts of the run that decide where ids are placed. */
export interface PlaceRules {
  readonly separator: RunConfig['separator']
  /** Ids around each document's text. */
  readonly frame: DocumentFrame
  /** Bytes of each id's text. */
  readonly tokenByteLengths: Uint16Array
  /** Tells of some sources what says where their ids are. */
  readonly rulesOf: (firstSource: number, count: number) => Promise<readonly PlaceRule[]>
}

interface SegmentTables {
  readonly rows: Float64Array
  readonly jumps: Float64Array
  /** Of each source of the segment. */
  readonly rules: readonly PlaceRule[]
}

/** Segments of which it is remembered how their ids are placed. */
const keptSegments = 64

/** Indices in a segment of what belongs to one document. */
interface Spans {
  readonly textStart: number
  readonly textEnd: number
  /** After the document's last id: the separator, if there is one. */
  readonly end: number
  /** The next document's first id. */
  readonly next: number
}

/** A point of the walk: the next id is `index` of `segment`, in document `row` of its table (−1: none yet). */
interface WalkState {
  segment: number
  index: number
  row: number
  /** Position of the next id, where ids have places of their own. */
  byte: number
}

/** Maps ids of the token stream to their source, document and bytes. */
export class TokenPlacer {
  readonly #reader: TokenReader
  readonly #rules: PlaceRules
  readonly #rulesOf = new Map<number, readonly PlaceRule[]>()

  constructor(reader: TokenReader, rules: PlaceRules) {
    this.#reader = reader
    this.#rules = rules
  }

  /**
   * Places the first `count` ids of `places`, which are those of the stream from `position` on.
   *
   * @param places forgets what was in it
   */
  async place(position: number, count: number, places: TokenPlaces): Promise<void> {
    const { segments } = this.#reader.index
    const state = await this.#seek(position)
    const tables = new Map<number, SegmentTables>()
    let room = -state.index
    for (let segment = state.segment; segment < segments.length && room < count; segment++) {
      const rows = await this.#reader.documentTable(segment)
      const rules = await this.#rulesOfSegment(segment)
      tables.set(segment, { rows, jumps: await this.#reader.jumps(segment), rules })
      room += segments[segment]!.receipt.tokens
    }
    places.clear()
    this.#walk(state, tables, count, places)
  }

  /** How many documents begin at stream positions `[from, to)`. */
  async countDocuments(from: number, to: number): Promise<number> {
    const { segments } = this.#reader.index
    let { segment } = placeInStream(this.#reader.index, from)
    // A document without ids begins where the next segment does.
    while (segment > 0 && segments[segment]!.start >= from) segment--
    let begun = 0
    for (; segment < segments.length && segments[segment]!.start < to; segment++) {
      const { start, skipped, continued } = segments[segment]!
      const rows = await this.#reader.documentTable(segment)
      const count = (position: number): number => rowsBefore(rows, position - start + skipped)
      const before = Math.max(count(from), continued ? 1 : 0)
      begun += Math.max(0, count(to) - before)
    }
    return begun
  }

  async #rulesOfSegment(segment: number): Promise<readonly PlaceRule[]> {
    const known = this.#rulesOf.get(segment)
    if (known !== undefined) return known
    const { receipt } = this.#reader.index.segments[segment]!
    const rules = await this.#rules.rulesOf(receipt.source, receipt.rows?.length ?? 1)
    for (const oldest of this.#rulesOf.keys())
      if (this.#rulesOf.size >= keptSegments) this.#rulesOf.delete(oldest)
    this.#rulesOf.set(segment, rules)
    return rules
  }

  /** The state at a stream position. At most one checkpoint and the ids after it are read. */
  async #seek(position: number): Promise<WalkState> {
    const { segment, index } = placeInStream(this.#reader.index, position)
    const rows = await this.#reader.documentTable(segment)
    const row = rowsBefore(rows, index + 1) - 1
    const source = sourceOfRow(this.#reader.index.segments[segment]!, row)
    const { receipt } = this.#reader.index.segments[segment]!
    const rule = row < 0 ? 'document' : (await this.#rulesOfSegment(segment))[source - receipt.source]!
    if (rule === 'document') return { segment, index, row, byte: 0 }
    if (rule === 'evenly') {
      const { textStart, textEnd } = this.#spansOf(segment, rows, row, true)
      const before = Math.min(Math.max(0, index - textStart), textEnd - textStart)
      const byte = positionOf(rows, row) + before * bytesOfId(rows, row, textEnd - textStart)
      return { segment, index, row, byte }
    }
    const checkpoint = Math.floor(index / checkpointInterval)
    const first = firstTokenOf(rows, row)
    const { textStart, textEnd } = this.#spansOf(segment, rows, row, true)
    let byte = positionOf(rows, row)
    let from = textStart
    if (first <= checkpoint * checkpointInterval) {
      from = Math.max(textStart, checkpoint * checkpointInterval)
      byte += await this.#reader.checkpoint(segment, checkpoint)
    }
    const to = Math.min(index, textEnd)
    const before = await this.#reader.readSegment(segment, from, Math.max(from, to))
    for (let at = 0; at < before.length; at++) byte += this.#rules.tokenByteLengths[before[at]!]!
    byte += shiftBefore(await this.#reader.jumps(segment), first, index)
    return { segment, index, row, byte }
  }

  #walk(
    state: WalkState,
    tables: ReadonlyMap<number, SegmentTables>,
    count: number,
    places: TokenPlaces,
  ): void {
    for (let done = 0; done < count;) {
      const segment = this.#reader.index.segments[state.segment]!
      const { receipt, firstDocument } = segment
      if (state.index === receipt.tokens) {
        Object.assign(state, { segment: state.segment + 1, index: 0, row: -1, byte: 0 })
        continue
      }
      const { rows, jumps, rules } = tables.get(state.segment)!
      const source = sourceOfRow(segment, state.row)
      const rule = rules[source - receipt.source]
      const byBytes = rule !== 'document'
      const { textStart, textEnd, end, next } = this.#spansOf(state.segment, rows, state.row, byBytes)
      if (state.index === next) {
        state.row++
        state.byte = positionOf(rows, state.row)
        continue
      }
      const document = firstDocument + Math.max(0, state.row)
      const from = done
      /** Takes the ids of the walk before index `to`, which have one place each or all together; gives how many are done. */
      const take = (to: number, place: Omit<PlaceRun, 'first'>): number => {
        places.runs.push({ first: from, ...place })
        return from + Math.min(to - state.index, count - from)
      }
      if (state.index >= end) {
        const begins = this.#rules.separator === 'between'
        const border = separatorPosition(rows, state.row, this.#rules.separator)
        done = take(next, {
          source: begins ? sourceOfRow(segment, state.row + 1) : source,
          document: begins && state.row >= 0 ? document + 1 : document,
          ...{ byBytes: false, start: border, end: border, isShifted: false },
        })
      } else if (state.index >= textStart && state.index < textEnd) {
        const start = byBytes ? state.byte : positionOf(rows, state.row)
        const isShifted = rule === 'text' && jumps.length > 0
        done = take(textEnd, {
          source,
          document,
          byBytes,
          start,
          end: endPositionOf(rows, state.row),
          isShifted,
        })
        if (rule === 'evenly') {
          const bytes = bytesOfId(rows, state.row, textEnd - textStart)
          for (let at = from; at < done; at++) places.ids.sums[at] = (at - from + 1) * bytes
          state.byte += (done - from) * bytes
        } else if (rule === 'text') {
          state.byte += places.ids.sumUp(from, done)
          if (isShifted) state.byte += fillShifts(jumps, rows, state, places.shiftsOf(from, done))
        }
      } else {
        const isBefore = state.index < textStart
        const border = isBefore ? positionOf(rows, state.row) : endPositionOf(rows, state.row)
        const place = { start: border, end: border, byBytes: false, isShifted: false }
        done = take(isBefore ? textStart : end, { source, document, ...place })
      }
      state.index += done - from
    }
  }

  /**
   * The ids of a segment from a document's first to the next one's: marks before the text, the text, marks after it, and the separator.
   * Where ids have no bytes of their own, marks count as text: all have the place of the document.
   */
  #spansOf(segment: number, rows: Float64Array, row: number, byBytes: boolean): Spans {
    const { receipt } = this.#reader.index.segments[segment]!
    const last = (row + 1) * documentRowLength >= rows.length
    const next = last ? receipt.tokens : firstTokenOf(rows, row + 1)
    if (row < 0) return { textStart: 0, textEnd: 0, end: 0, next }
    const { separator, frame } = this.#rules
    const isSeparated = separator === 'between' ? !last : separator === 'after' && !(last && receipt.open)
    const first = firstTokenOf(rows, row)
    const end = isSeparated ? next - 1 : next
    if (!byBytes) return { textStart: first, textEnd: end, end, next }
    const before = row === 0 && receipt.continued ? 0 : frame.before.length
    const after = last && receipt.open ? 0 : frame.after.length
    return { textStart: first + before, textEnd: end - after, end, next }
  }
}

/** Tells by how much each id of a run is moved by the jumps of its document; gives the last one's. */
function fillShifts(
  jumps: Float64Array,
  rows: Float64Array,
  { index, row }: WalkState,
  shifts: Float64Array,
): number {
  // The first id's start has what was added before.
  const before = shiftBefore(jumps, firstTokenOf(rows, row), index)
  let shift = before
  let next = firstJumpFrom(jumps, index)
  for (let at = 0; at < shifts.length; at++) {
    if (jumps[2 * next] === index + at) {
      shift = jumps[2 * next + 1]!
      next++
    }
    shifts[at] = shift - before
  }
  return shift - before
}

/** How many documents of a table have their first id before `index`: the table rises. */
function rowsBefore(rows: Float64Array, index: number): number {
  let low = 0
  let high = rows.length / documentRowLength
  while (low < high) {
    const middle = (low + high) >>> 1
    if (firstTokenOf(rows, middle) < index) low = middle + 1
    else high = middle
  }
  return low
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

/** Bytes of each id of a document whose `count` ids have as many each. */
function bytesOfId(rows: Float64Array, row: number, count: number): number {
  return (endPositionOf(rows, row) - positionOf(rows, row)) / count
}

/** A separator has no text: it stands at the border of the document it belongs to. */
function separatorPosition(rows: Float64Array, row: number, separator: RunConfig['separator']): number {
  return separator === 'between' ? positionOf(rows, row + 1) : endPositionOf(rows, row)
}
