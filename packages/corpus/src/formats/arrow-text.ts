import type { Data } from 'apache-arrow'
import { CorpusError } from '../errors.ts'
import type { RowText } from '../documents/row-text.ts'

/** Ids of the types of the Arrow format that hold text (Schema.fbs). */
const typeIds = {
  utf8: 5,
  binary: 4,
  largeBinary: 19,
  largeUtf8: 20,
  binaryView: 23,
  utf8View: 24,
}

/** The texts of a column of one record batch, as bytes of its buffers: nothing is copied or decoded. */
export function* textsOfData(
  data: Data,
  source: string,
  column: string,
): Generator<RowText, void, undefined> {
  const textAt = textReader(data, source, column)
  // A damaged length must not become a long loop over rows that are not there.
  if (data.length > rowsHeld(data)) throw badBuffers(source)
  for (let row = 0; row < data.length; row++) yield data.getValid(row) ? textAt(row) : undefined
}

/** Rows for which the buffers have an entry. */
function rowsHeld(data: Data): number {
  const typeId: number = data.typeId
  if (typeId === typeIds.utf8View || typeId === typeIds.binaryView) return Math.floor(data.values.length / 16)
  if (data.dictionary !== undefined) return data.values.length
  return Math.max(0, data.valueOffsets.length - 1)
}

function textReader(data: Data, source: string, column: string): (row: number) => RowText {
  const typeId: number = data.typeId
  switch (typeId) {
    case typeIds.utf8:
    case typeIds.binary:
    case typeIds.largeUtf8:
    case typeIds.largeBinary:
      return (row) => between(data.values, data.valueOffsets[row], data.valueOffsets[row + 1], source)
    case typeIds.utf8View:
    case typeIds.binaryView:
      return viewReader(data, source)
    default:
      if (data.dictionary !== undefined) return dictionaryReader(data, source, column)
      throw new CorpusError(
        'missing-field',
        `column ${JSON.stringify(column)} holds type ${typeId} of Arrow, not text`,
        {
          source,
        },
      )
  }
}

function dictionaryReader(data: Data, source: string, column: string): (row: number) => RowText {
  const entries: RowText[] = []
  for (const chunk of data.dictionary?.data ?? []) entries.push(...textsOfData(chunk, source, column))
  return (row) => {
    const index = Number(data.values[row])
    if (index >= 0 && index < entries.length) return entries[index]
    throw badBuffers(source)
  }
}

/** A view is 16 bytes: a length, then the text itself up to 12 bytes, or 4 bytes of it, a buffer and an offset in it. */
function viewReader(data: Data, source: string): (row: number) => RowText {
  const views: Uint8Array = data.values
  const numbers = new DataView(views.buffer, views.byteOffset, views.byteLength)
  return (row) => {
    const at = row * 16
    if (at + 16 > views.length) throw badBuffers(source)
    const length = numbers.getInt32(at, true)
    if (length < 0) throw badBuffers(source)
    if (length <= 12) return views.subarray(at + 4, at + 4 + length)
    const start = numbers.getInt32(at + 12, true)
    return between(data.variadicBuffers[numbers.getInt32(at + 8, true)], start, start + length, source)
  }
}

function between(
  values: Uint8Array | undefined,
  start: number | bigint | undefined,
  end: number | bigint | undefined,
  source: string,
): Uint8Array {
  const from = Number(start)
  const to = Number(end)
  if (values === undefined || !(from >= 0 && from <= to && to <= values.length)) throw badBuffers(source)
  return values.subarray(from, to)
}

function badBuffers(source: string): CorpusError {
  return new CorpusError('broken-file', 'the Arrow data is damaged: an offset points outside its buffer', {
    source,
  })
}
