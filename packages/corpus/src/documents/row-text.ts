import { isUtf8 } from 'node:buffer'
import { firstInvalid } from '../utf8/first-invalid.ts'
import { replacementCharacter, Utf8Gate } from '../utf8/utf8-gate.ts'
import type { DocumentEvent, DocumentStream } from './document-event.ts'
import type { ProblemDesk } from './problem-desk.ts'

/** Rows of events given at a time. */
const rowsPerBatch = 1024

/** Where a document begins and ends. */
export interface DocumentPlace {
  readonly position: number
  readonly end: number
}

/** The text of a row as bytes; `undefined` for a null or a row that is too short. */
export type RowText = Uint8Array | undefined

/**
 * Makes documents of the rows of one column: nulls, empty texts and bytes that are not UTF-8 are dealt with by policy.
 *
 * @param place row number and the next, or the byte range of a record
 */
export function addRow(
  batch: DocumentEvent[],
  place: DocumentPlace,
  bytes: RowText,
  column: string,
  desk: ProblemDesk,
): void {
  const { position } = place
  if (bytes === undefined) {
    desk.reportSkipped('missing-field', position, `a row has no text in its column ${JSON.stringify(column)}`)
    return
  }
  if (bytes.length === 0) {
    desk.reportSkipped('empty-document', position, 'the text of a row is empty')
    return
  }
  let pieces = [bytes]
  if (!isUtf8(bytes)) {
    const where = `the text of a row has bytes that are not UTF-8, the first at its byte ${firstInvalid(bytes)}`
    desk.report('invalid-utf8', position, where)
    if (desk.policy('invalid-utf8') === 'skip') return
    const gate = new Utf8Gate(replacementCharacter, () => {})
    pieces = [...gate.push(bytes), ...gate.end()]
  }
  batch.push({ kind: 'start', position, continued: false })
  for (const piece of pieces) batch.push({ kind: 'bytes', bytes: piece })
  batch.push({ kind: 'end', position: place.end, continues: false })
}

/** Documents of rows that are in memory already. */
export async function* readRows(
  rows: Iterable<RowText>,
  firstRow: number,
  column: string,
  desk: ProblemDesk,
): DocumentStream {
  let batch: DocumentEvent[] = []
  let row = firstRow
  for (const bytes of rows) {
    addRow(batch, { position: row, end: row + 1 }, bytes, column, desk)
    row++
    if ((row - firstRow) % rowsPerBatch !== 0) continue
    if (batch.length > 0) yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
