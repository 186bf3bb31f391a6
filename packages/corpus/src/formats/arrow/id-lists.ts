import type { IdList } from '../../ids/check-ids.ts'
import type { ArrowBody } from './body.ts'
import { rowsOf, validity } from './column.ts'
import { placeOfChildren, type ColumnPlace, type FoundColumn } from './layout.ts'
import type { ArrowField } from './schema.ts'
import { intArray, intReader } from './values.ts'

/** Whether a column holds lists of integers. */
export function isIdList({ type, children, dictionary }: ArrowField): boolean {
  const [items] = children
  const isList = type === 'list' || type === 'large-list' || type === 'fixed-size-list'
  return isList && dictionary === undefined && items?.type === 'int' && items.dictionary === undefined
}

/**
 * Makes the reader of a column of lists of integers, after checking every length, offset and count of nulls in it. A null among a
 * list's items is given as null.
 *
 * @throws Error for a column that is damaged
 */
export function idListReader(
  { field, place, parents }: FoundColumn,
  body: ArrowBody,
): (row: number) => IdList | undefined {
  const rows = rowsOf(body, place)
  if (field.type === 'null') return () => undefined
  const [items] = field.children
  const below = placeOfChildren(field, place, body.batch.variadicCounts)
  const count = body.batch.nodes[below.node]?.length ?? 0
  const offsets = offsetsOf(field, body, place, rows, count)
  const valid = [...parents, place].map((one) => validity(body, one))
  const itemIsValid = validity(body, below)
  const bytes = body.buffer(below.buffer + 1)
  const isThere = (row: number): boolean => valid.every((is) => is(row))
  if (body.batch.nodes[below.node]!.nullCount === 0) {
    const values = intArray(bytes, count, items!.int!)
    return (row) => (isThere(row) ? values(offsets(row), offsets(row + 1)) : undefined)
  }
  const valueAt = intReader(bytes, count, items!.int!)
  return (row) => {
    if (!isThere(row)) return undefined
    const from = offsets(row)
    return Array.from({ length: offsets(row + 1) - from }, (_, at) =>
      itemIsValid(from + at) ? valueAt(from + at) : null,
    )
  }
}

/** Where the items of a row begin; those of the row after the last are where all end. */
function offsetsOf(
  { type }: ArrowField,
  body: ArrowBody,
  { buffer }: ColumnPlace,
  rows: number,
  count: number,
): (row: number) => number {
  if (rows === 0) return () => 0
  if (type === 'fixed-size-list') {
    const size = count / rows
    if (!Number.isInteger(size)) throw new Error('lists of one size have other items than rows')
    return (row) => row * size
  }
  const width = type === 'list' ? 4 : 8
  const bytes = body.buffer(buffer + 1)
  if (bytes.length < (rows + 1) * width) throw new Error('a column has too few offsets')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const at = (row: number): number =>
    width === 4 ? view.getInt32(row * 4, true) : Number(view.getBigInt64(row * 8, true))
  let last = 0
  for (let row = 0; row <= rows; row++) {
    const offset = at(row)
    if (!(offset >= last)) throw new Error('an offset goes back')
    last = offset
  }
  if (last > count) throw new Error('an offset points outside its items')
  return at
}
