import { isUtf8 } from 'node:buffer'
import { Field, FixedSizeBinary, Int64, Message, Schema, Utf8, type DataType } from 'apache-arrow'
import { BufferRegion, FieldNode, RecordBatch } from 'apache-arrow/ipc/metadata/message'
import { aligned } from '../arrow/batch-plan.ts'
import { encodeFileEnd, encodeHeadOf, frameMessage } from '../arrow/framing.ts'
import type { ListColumn, ListRow } from './list-kind.ts'
import { storedText, textOfStored } from './stored-text.ts'

const typeOf: Readonly<Record<ListColumn['type'], () => DataType>> = {
  whole: () => new Int64(),
  sha256: () => new FixedSizeBinary(32),
  text: () => new Utf8(),
}

function schemaOf(columns: readonly ListColumn[]): Schema {
  const fields = columns.map(({ name, type }) => new Field(name, typeOf[type](), false))
  return new Schema(fields, new Map([['sluice.list', '1']]))
}

/** Where the bytes of a column lie in the body of the one record batch. */
interface Region {
  readonly column: ListColumn
  readonly data: { readonly offset: number; readonly byteLength: number }
  /** Of texts, the `rows + 1` int32 offsets. */
  readonly offsets?: { readonly offset: number; readonly byteLength: number }
}

/** @param textBytes of the column whose offsets lie at a place of the body */
function planRegions(
  columns: readonly ListColumn[],
  rows: number,
  textBytes: (column: ListColumn, offsetsAt: number) => number,
): { readonly regions: readonly Region[]; readonly byteLength: number } {
  let end = 0
  const region = (byteLength: number): Region['data'] => {
    const offset = end
    end += aligned(byteLength)
    return { offset, byteLength }
  }
  const regions = columns.map((column): Region => {
    if (column.type !== 'text') return { column, data: region(rows * (column.type === 'whole' ? 8 : 32)) }
    const offsets = region(4 * (rows + 1))
    return { column, offsets, data: region(textBytes(column, offsets.offset)) }
  })
  return { regions, byteLength: end }
}

function encodeMessage(rows: number, regions: readonly Region[], bodyByteLength: number): Uint8Array {
  const nodes = regions.map(() => new FieldNode(rows, 0))
  const buffers = regions.flatMap(({ data, offsets }) => [
    new BufferRegion((offsets ?? data).offset, 0),
    ...(offsets ? [new BufferRegion(offsets.offset, offsets.byteLength)] : []),
    new BufferRegion(data.offset, data.byteLength),
  ])
  return Message.encode(Message.from(new RecordBatch(rows, nodes, buffers, null), bodyByteLength))
}

/** The rows of one file of a list, as an Arrow IPC file of one record batch. The same rows are the same bytes. */
export function encodeListFile(columns: readonly ListColumn[], rows: readonly ListRow[]): Uint8Array {
  const texts = new Map<ListColumn, string[]>()
  for (const column of columns)
    if (column.type === 'text')
      texts.set(
        column,
        rows.map((row) => storedText(String(row[column.field]))),
      )
  const sizeOf = (column: ListColumn): number =>
    texts.get(column)!.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const { regions, byteLength } = planRegions(columns, rows.length, sizeOf)
  const schema = schemaOf(columns)
  const head = encodeHeadOf(schema, 'file')
  const message = frameMessage(encodeMessage(rows.length, regions, byteLength), head.byteLength)
  const bodyAt = head.byteLength + message.byteLength
  const block = {
    offset: head.byteLength,
    metadataByteLength: message.byteLength,
    bodyByteLength: byteLength,
  }
  const end = encodeFileEnd(schema, [block])
  const file = new Uint8Array(bodyAt + byteLength + end.byteLength)
  file.set(head)
  file.set(message, head.byteLength)
  file.set(end, bodyAt + byteLength)
  const body = file.subarray(bodyAt, bodyAt + byteLength)
  for (const region of regions) fillColumn(body, region, rows, texts.get(region.column))
  return file
}

function fillColumn(
  body: Uint8Array,
  { column, data, offsets }: Region,
  rows: readonly ListRow[],
  texts: readonly string[] | undefined,
): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  let at = data.offset
  for (const [index, row] of rows.entries()) {
    const value = row[column.field]!
    if (column.type === 'whole') view.setBigInt64(data.offset + 8 * index, BigInt(value), true)
    else if (column.type === 'sha256') buffer.write(String(value), data.offset + 32 * index, 32, 'hex')
    else {
      at += buffer.write(texts![index]!, at)
      view.setInt32(offsets!.offset + 4 * (index + 1), at - data.offset, true)
    }
  }
}

/** The rows of one file of a list, each made when it is asked for. */
export interface ListRows {
  readonly length: number
  /** Row `index`: its fields as the columns name them. */
  at(index: number): ListRow
}

/**
 * Reads what {@link encodeListFile} wrote. Nothing that the file says of itself is trusted: its bytes but for the values follow from
 * the columns, the number of rows and the lengths of the texts, and are compared.
 *
 * @throws RangeError saying what is wrong, for whoever knows the file's name
 */
export function decodeListFile(bytes: Uint8Array, columns: readonly ListColumn[], rows: number): ListRows {
  const schema = schemaOf(columns)
  const head = encodeHeadOf(schema, 'file')
  compare(bytes, 0, head, 'the schema')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // As long as the real one: only its numbers differ.
  const draft = planRegions(columns, rows, () => 0)
  const bodyAt =
    head.byteLength +
    frameMessage(encodeMessage(rows, draft.regions, draft.byteLength), head.byteLength).byteLength
  const lastOffset = (_: ListColumn, offsetsAt: number): number => {
    const at = bodyAt + offsetsAt + 4 * rows
    const length = at + 4 <= bytes.byteLength ? view.getInt32(at, true) : -1
    if (length < 0 || length > bytes.byteLength)
      throw new RangeError(`its texts cannot be ${length} bytes long`)
    return length
  }
  const { regions, byteLength } = planRegions(columns, rows, lastOffset)
  const message = frameMessage(encodeMessage(rows, regions, byteLength), head.byteLength)
  compare(bytes, head.byteLength, message, 'the header of its record batch')
  const block = {
    offset: head.byteLength,
    metadataByteLength: message.byteLength,
    bodyByteLength: byteLength,
  }
  const end = encodeFileEnd(schema, [block])
  if (bodyAt + byteLength + end.byteLength !== bytes.byteLength)
    throw new RangeError(
      `${rows} rows end at byte ${bodyAt + byteLength + end.byteLength}, not ${bytes.byteLength}`,
    )
  compare(bytes, bodyAt + byteLength, end, 'its end')
  const body = bytes.subarray(bodyAt, bodyAt + byteLength)
  const readers = regions.map((region) => [region.column.field, columnReader(body, region, rows)] as const)
  return {
    length: rows,
    at(index) {
      const row: Record<string, number | string> = {}
      for (const [field, read] of readers) row[field] = read(index)
      return row
    },
  }
}

function columnReader(
  body: Uint8Array,
  { column, data, offsets }: Region,
  rows: number,
): (row: number) => number | string {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  if (column.type === 'whole') {
    return (row) => {
      const value = Number(view.getBigInt64(data.offset + 8 * row, true))
      if (Number.isSafeInteger(value) && value >= 0) return value
      throw new RangeError(`${column.name} of row ${row} is ${value}, expected a whole number`)
    }
  }
  if (column.type === 'sha256') {
    const bytes = Buffer.from(body.buffer, body.byteOffset + data.offset, data.byteLength)
    return (row) => bytes.toString('hex', 32 * row, 32 * (row + 1))
  }
  const at = (row: number): number => view.getInt32(offsets!.offset + 4 * row, true)
  if (at(0) !== 0) throw new RangeError(`the texts of ${column.name} begin at ${at(0)}`)
  for (let row = 0; row < rows; row++)
    if (at(row + 1) < at(row))
      throw new RangeError(`the text of ${column.name} in row ${row} ends before it begins`)
  const isBetween = (row: number): boolean =>
    at(row) === data.byteLength || (body[data.offset + at(row)]! & 0xc0) !== 0x80
  // Checked at once: where texts end between characters, and all of them are UTF-8, each is.
  const areTexts =
    isUtf8(body.subarray(data.offset, data.offset + data.byteLength)) &&
    Array.from({ length: rows }, (_, row) => row).every(isBetween)
  const buffer = Buffer.from(body.buffer, body.byteOffset + data.offset, data.byteLength)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return (row) => {
    const [start, end] = [at(row), at(row + 1)]
    try {
      return textOfStored(
        areTexts ? buffer.toString('utf8', start, end) : decoder.decode(buffer.subarray(start, end)),
      )
    } catch {
      throw new RangeError(`${column.name} of row ${row} is no text`)
    }
  }
}

function compare(bytes: Uint8Array, position: number, expected: Uint8Array, what: string): void {
  const found = bytes.subarray(position, position + expected.byteLength)
  if (Buffer.compare(found, expected) !== 0)
    throw new RangeError(`${what} is not that of a list of this kind`)
}
