import { CorpusError } from '../errors.ts'
import type { DocumentEvent, DocumentStream } from '../documents/document-event.ts'
import type { ProblemDesk } from '../documents/problem-desk.ts'
import type { ResolvedReadOptions } from '../documents/read-options.ts'
import { addRow, type Row } from '../documents/rows.ts'
import type { FormatRecord, SegmentInput } from './format.ts'
import { segmentBytes } from './segment-bytes.ts'
import { csvFields, scanCsvLine } from './csv-record.ts'
import { withoutByteOrderMark } from './byte-order-mark.ts'
import { splitLines, type Line } from './lines.ts'
import { missingColumn } from './missing-column.ts'

/**
 * Reads CSV (RFC 4180) with a header that names the columns. Positions are byte offsets of records. Empty lines are no
 * records, and a record may have more or fewer fields than the header. A byte order mark before the header is passed over; further
 * on it is text, as for Python's `csv`, but before a quote it is an error: files were joined there, and the field is not plain. After a record that is not CSV or too long, the
 * next line begins a record.
 */
async function* read(input: SegmentInput): DocumentStream {
  const { source, options, desk } = input
  const { chunks } = segmentBytes(input)
  const separator = options.csvSeparator ?? (/\.tsv(\.|$)/i.test(source.name) ? '\t' : ',')
  const delimiter = separator.charCodeAt(0)
  const joiner = new RecordJoiner(delimiter, options.maxLineBytes, desk)
  const rowOptions = { column: options.field, maxKeptBytes: options.maxKeptBytes, ids: undefined, desk }
  let columns: CsvColumns | undefined
  for await (const lines of splitLines(chunks, 0, options.maxLineBytes, () => false)) {
    const batch: DocumentEvent[] = []
    for (const line of lines) {
      const record = joiner.add(line)
      if (record === undefined) continue
      const fields = csvFields(record.bytes, delimiter)
      if (columns === undefined) columns = columnsOf(fields, source.name, options)
      else addRow(batch, record, rowOf(fields, columns), rowOptions)
    }
    joiner.endBatch()
    if (batch.length > 0) yield batch
  }
  joiner.end()
  if (columns === undefined)
    throw new CorpusError('missing-field', 'has no header line', { source: source.name })
}

/** Where the columns that are read stand. */
interface CsvColumns {
  readonly text: number
  readonly kept: readonly number[]
}

function columnsOf(
  header: readonly Uint8Array[],
  source: string,
  { field, keep }: ResolvedReadOptions,
): CsvColumns {
  const names = header.map((name) => Buffer.from(name).toString())
  const placeOf = (name: string): number => {
    const place = names.indexOf(name)
    if (place === -1) throw missingColumn(source, name, names, name !== field)
    return place
  }
  return { text: placeOf(field), kept: keep.map(placeOf) }
}

function rowOf(fields: readonly Uint8Array[], { text, kept }: CsvColumns): Row {
  if (kept.length === 0) return { text: fields[text] }
  return { text: fields[text], kept: kept.map((place) => fields[place] ?? null) }
}

const quote = 0x22

interface CsvRecord {
  readonly position: number
  readonly end: number
  readonly bytes: Uint8Array
}

/** Puts lines together while quotes are open. */
class RecordJoiner {
  readonly #delimiter: number
  readonly #maxBytes: number
  readonly #desk: ProblemDesk
  /** What is held of the open record: copies out of earlier chunks, then a run of lines that lie together in this one. */
  #held: Uint8Array[] = []
  #run: Uint8Array | undefined
  #heldBytes = 0
  #start = -1
  /** The open record was reported as too long; its end is still to come. */
  #isTooLong = false

  constructor(delimiter: number, maxBytes: number, desk: ProblemDesk) {
    this.#delimiter = delimiter
    this.#maxBytes = maxBytes
    this.#desk = desk
  }

  add(line: Line): CsvRecord | undefined {
    const open = this.#start !== -1
    const position = open ? this.#start : line.position
    if (line.tooLong) return this.#drop('line-too-long', position)
    const content = line.position === 0 && !open ? withoutByteOrderMark(line.bytes) : line.bytes
    if (!open && withoutByteOrderMark(content)[0] === quote && content[0] !== quote)
      return this.#drop(
        'broken-csv',
        position,
        'a byte order mark stands before a quote: files were joined here',
      )
    const state = scanCsvLine(content, open, this.#delimiter)
    if (state === 'broken') return this.#drop('broken-csv', position)
    this.#hold(line, content)
    if (state === 'open') return undefined
    const end = line.position + line.bytes.length
    const tooLong = this.#isTooLong
    const run = this.#run ?? content
    const bytes = this.#held.length === 0 ? run : Buffer.concat([...this.#held, run])
    this.#reset()
    if (tooLong) return undefined
    const blank = bytes.length === 0 || (bytes.length === 1 && bytes[0] === 0x0d)
    return blank ? undefined : { position, end, bytes }
  }

  /** Whatever is open at the end of the source is not CSV. */
  end(): void {
    if (this.#start !== -1 && !this.#isTooLong) this.#drop('broken-csv', this.#start)
  }

  /** The memory of a chunk is used again after its batch: copies what must outlive it. */
  endBatch(): void {
    if (this.#run !== undefined) this.#held.push(new Uint8Array(this.#run))
    this.#run = undefined
  }

  /** @param content the line's bytes without a byte order mark */
  #hold(line: Line, content: Uint8Array): void {
    const first = this.#start === -1
    if (first) this.#start = line.position
    this.#heldBytes += content.length + (first ? 0 : 1)
    if (this.#heldBytes > this.#maxBytes) {
      this.#held = []
      this.#run = undefined
      // As soon as it is so long: its end may be far away, or not be there.
      if (!this.#isTooLong) this.#report('line-too-long', this.#start)
      this.#isTooLong = true
      return
    }
    const extended = this.#run === undefined ? undefined : joined(this.#run, content)
    if (extended === undefined) {
      this.endBatch()
      if (!first) this.#held.push(Uint8Array.of(0x0a))
    }
    this.#run = extended ?? content
  }

  #drop(
    reason: 'broken-csv' | 'line-too-long',
    position: number,
    why = 'a record is not CSV: check its quotes',
  ): undefined {
    const isReported = this.#isTooLong
    this.#reset()
    if (!isReported) this.#report(reason, position, why)
  }

  #report(reason: 'broken-csv' | 'line-too-long', position: number, why = ''): void {
    const long = `a record is longer than ${this.#maxBytes} bytes`
    this.#desk.reportSkipped(reason, position, reason === 'line-too-long' ? long : why)
  }

  #reset(): void {
    this.#held = []
    this.#run = undefined
    this.#heldBytes = 0
    this.#start = -1
    this.#isTooLong = false
  }
}

/** Both lines and the line feed between them, if they lie so in the same memory. */
function joined(left: Uint8Array, right: Uint8Array): Uint8Array | undefined {
  const end = left.byteOffset + left.length
  if (left.buffer !== right.buffer || end + 1 !== right.byteOffset) return undefined
  const both = new Uint8Array(left.buffer, left.byteOffset, left.length + 1 + right.length)
  return both[left.length] === 0x0a ? both : undefined
}

/** CSV and TSV. */
export const csv: FormatRecord = { extensions: ['csv', 'tsv'], read }
