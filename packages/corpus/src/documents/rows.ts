import { isUtf8 } from 'node:buffer'
import { CorpusError } from '../errors.ts'
import { checkIds, type IdList } from '../ids/check-ids.ts'
import type { IdOptions } from '../ids/id-options.ts'
import { firstInvalid } from '../utf8/first-invalid.ts'
import { replacementCharacter, Utf8Gate } from '../utf8/utf8-gate.ts'
import type { DocumentEvent, DocumentStream, KeptValues } from './document-event.ts'
import type { ProblemDesk } from './problem-desk.ts'

/** Rows of events given at a time. */
const rowsPerBatch = 1024
/** Bytes of text given at a time: rows of a small table may all point at one large text. */
const textPerBatch = 1 << 22

/** Where a document begins and ends. */
export interface DocumentPlace {
  readonly position: number
  readonly end: number
}

/** One row of a table. */
export interface Row {
  /** Bytes of the text, or its ids; `undefined` for a null or a row that is too short. */
  readonly text: Uint8Array | IdList | undefined
  /** Values of the kept columns, in their order, texts as bytes where they come as bytes; absent where none are kept. */
  readonly kept?: readonly (string | Uint8Array | null)[]
}

/** How rows become documents. */
export interface RowOptions {
  /** Name of the column with the text, for messages. */
  readonly column: string
  readonly maxKeptBytes: number
  /** Where rows hold ids in place of texts. */
  readonly ids: IdOptions | undefined
  readonly desk: ProblemDesk
}

/**
 * Makes a document of a row: nulls, empty texts and bytes that are not UTF-8 are dealt with by policy.
 *
 * @param place row number and the next, or the byte range of a record
 * @throws CorpusError `too-large` for a kept value that is too long; `invalid-utf8` where the policy says so
 */
export function addRow(
  batch: DocumentEvent[],
  place: DocumentPlace,
  { text, kept }: Row,
  { column, maxKeptBytes, ids, desk }: RowOptions,
): void {
  const { position } = place
  const what = ids === undefined ? 'text' : 'list of ids'
  if (text === undefined) {
    const message = `a row has no ${what} in its column ${JSON.stringify(column)}`
    desk.reportSkipped('missing-field', position, message)
    return
  }
  if (text.length === 0) {
    desk.reportSkipped('empty-document', position, `the ${what} of a row is empty`)
    return
  }
  // Most texts are as they should be: for these nothing is made but their events.
  const isAsItShould = ids === undefined && isUtf8(text as Uint8Array)
  const content = isAsItShould ? undefined : contentOfRow(text, position, ids, desk)
  if (content?.length === 0) return
  if (kept === undefined) batch.push({ kind: 'start', position, continued: false })
  else {
    const invalid = kept.find((value) => value instanceof Uint8Array && !isUtf8(value))
    if (invalid !== undefined) {
      desk.report('invalid-utf8', position, 'a kept value of a row has bytes that are not UTF-8')
      if (desk.policy('invalid-utf8') === 'skip') return
    }
    const values = kept.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value))
    checkKept(values, position, maxKeptBytes, desk.source)
    batch.push({ kind: 'start', position, continued: false, kept: values })
  }
  if (content === undefined) batch.push({ kind: 'bytes', bytes: text as Uint8Array })
  else batch.push(...content)
  batch.push({ kind: 'end', position: place.end, continues: false })
}

/** The events of a row's ids, or of its text that is not UTF-8; none where they were reported. */
function contentOfRow(
  text: Uint8Array | IdList,
  position: number,
  ids: IdOptions | undefined,
  desk: ProblemDesk,
): readonly DocumentEvent[] {
  return ids === undefined
    ? repairedText(text as Uint8Array, position, desk)
    : idsOfRow(text, position, ids, desk)
}

function repairedText(text: Uint8Array, position: number, desk: ProblemDesk): readonly DocumentEvent[] {
  const where = `the text of a row has bytes that are not UTF-8, the first at its byte ${firstInvalid(text)}`
  desk.report('invalid-utf8', position, where)
  if (desk.policy('invalid-utf8') === 'skip') return []
  const gate = new Utf8Gate(replacementCharacter, () => {})
  return [...gate.push(text), ...gate.end()].map((bytes) => ({ kind: 'bytes', bytes }))
}

/** The events of a row's ids; none where they were reported. */
export function idsOfRow(
  list: IdList,
  position: number,
  { vocabSize }: IdOptions,
  desk: ProblemDesk,
): readonly DocumentEvent[] {
  const checked = checkIds(list, vocabSize)
  if ('ids' in checked) return [{ kind: 'ids', ids: checked.ids }]
  desk.reportSkipped('invalid-ids', position, checked.wrong)
  return []
}

/** @throws CorpusError `too-large` for a kept value that is too long */
export function checkKept(kept: KeptValues, position: number, maxBytes: number, source: string): void {
  for (const value of kept) {
    if (value === null || Buffer.byteLength(value) <= maxBytes) continue
    const bytes = Buffer.byteLength(value)
    const message = `a kept value has ${bytes} bytes, more than the limit of ${maxBytes} (at ${position})`
    const hint = { option: 'maxKeptBytes', value: String(bytes), effect: 'keeps it' }
    throw new CorpusError('too-large', message, { source, position, hint })
  }
}

/** Documents of rows that are in memory already. */
export async function* readRows(rows: Iterable<Row>, firstRow: number, options: RowOptions): DocumentStream {
  let batch: DocumentEvent[] = []
  let bytes = 0
  let position = firstRow
  for (const row of rows) {
    addRow(batch, { position, end: position + 1 }, row, options)
    position++
    bytes += row.text?.length ?? 0
    if ((position - firstRow) % rowsPerBatch !== 0 && bytes < textPerBatch) continue
    if (batch.length > 0) yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}
