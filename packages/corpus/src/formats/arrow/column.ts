import type { ArrowBody } from './body.ts'
import type { ArrowValue, DictionaryEntries, ReadRow } from './arrow-value.ts'
import type { ColumnPlace, FoundColumn } from './layout.ts'
import type { IntType } from './schema.ts'
import { valueReaderOf } from './values.ts'

/**
 * Makes the reader of one column of a record batch, after checking that every length, offset, index and count of nulls in
 * it is right: no damage can change how many rows there are, or pass off one value for another.
 *
 * @throws Error for a column that is damaged, {@link UnreadableType} for one of a type that holds nothing to read
 */
export function columnReader(
  { field, place, parents }: FoundColumn,
  body: ArrowBody,
  dictionaries: DictionaryEntries,
): ReadRow {
  const rows = rowsOf(body, place)
  if (field.type === 'null') return () => undefined
  const valid = parents.map((parent) => validity(body, parent))
  const own = validity(body, place)
  let valueAt: (row: number) => ArrowValue
  if (field.dictionary === undefined) valueAt = valueReaderOf(field)(body, place, rows)
  else {
    const entries = dictionaries.entriesOf(field)
    const indexAt = indexReader(body.buffer(place.buffer + 1), rows, field.dictionary.index)
    for (let row = 0; row < rows; row++) {
      const index = indexAt(row)
      if (own(row) && !(index >= 0 && index < entries.length))
        throw new Error('an index lies outside its dictionary')
    }
    return (row) => (valid.every((is) => is(row)) && own(row) ? entries.at(indexAt(row)) : undefined)
  }
  if (valid.length === 0) return (row) => (own(row) ? valueAt(row) : undefined)
  return (row) => (valid.every((is) => is(row)) && own(row) ? valueAt(row) : undefined)
}

/** Rows of a column, which are those of its batch. */
export function rowsOf(body: ArrowBody, { node }: ColumnPlace): number {
  const length = body.batch.nodes[node]?.length
  if (length !== body.batch.rows) throw new Error(`a column has ${length} rows, its batch ${body.batch.rows}`)
  return length
}

/** Whether each value of a column is there. */
export function validity(body: ArrowBody, place: ColumnPlace): (row: number) => boolean {
  const { length, nullCount } = body.batch.nodes[place.node]!
  if (nullCount > length) throw new Error('more nulls than rows')
  if (nullCount === 0) return () => true
  const bits = body.buffer(place.buffer)
  if (bits.length < Math.ceil(length / 8)) throw new Error('a bitmap is too short')
  const valid = (row: number): boolean => ((bits[row >> 3]! >> (row & 7)) & 1) === 1
  let nulls = 0
  for (let row = 0; row < length; row++) if (!valid(row)) nulls++
  if (nulls !== nullCount) throw new Error(`a column has ${nulls} nulls, not ${nullCount}`)
  return valid
}

/** Reads whole numbers up to 2^53; larger ones are no indices. */
function indexReader(values: Uint8Array, rows: number, { bytes, signed }: IntType): (row: number) => number {
  if (values.length < rows * bytes) throw new Error('a column has too few values')
  const view = new DataView(values.buffer, values.byteOffset, values.length)
  if (bytes === 1) return (row) => (signed ? view.getInt8(row) : view.getUint8(row))
  if (bytes === 2) return (row) => (signed ? view.getInt16(row * 2, true) : view.getUint16(row * 2, true))
  if (bytes === 4) return (row) => (signed ? view.getInt32(row * 4, true) : view.getUint32(row * 4, true))
  return (row) => Number(signed ? view.getBigInt64(row * 8, true) : view.getBigUint64(row * 8, true))
}
