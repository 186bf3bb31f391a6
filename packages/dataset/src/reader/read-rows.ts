import { DatasetError } from '../errors.ts'
import {
  elementByteLength,
  elementsPerItem,
  elementsPerRow,
  isTextColumn,
  type Column,
  type ColumnName,
  type FileColumn,
  type TextColumn,
} from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { bytesOf, viewElements, type ElementArray } from '../layout/typed-array.ts'
import { TextBuilder } from '../part/text-values.ts'
import type { BatchBody, PartReader } from './part-reader.ts'
import type { Reading } from './reading.ts'
import {
  arrayOf,
  isArrayColumn,
  isListColumnName,
  windowBatch,
  type ArrayColumnName,
  type ListColumnName,
  type ListValues,
  type WindowBatch,
} from './window-batch.ts'

/** Rows that lie together in one record batch. */
export interface Piece {
  readonly part: PartReader
  readonly batch: number
  /** First row within the record batch. */
  readonly row: number
  readonly rows: number
}

/**
 * Reads rows from wherever they lie: per piece and column one range, and no more than asked.
 *
 * @param options.into - a batch whose arrays are overwritten where they are as long as needed, instead of making new ones.
 */
export function* readRows(
  columns: readonly (Column | TextColumn)[],
  firstWindow: number,
  pieces: readonly Piece[],
  { layout, into }: { readonly layout: DatasetLayout; readonly into?: WindowBatch | undefined },
): Reading<WindowBatch> {
  const rows = pieces.reduce((total, piece) => total + piece.rows, 0)
  const arrays = new Map<ArrayColumnName, ElementArray>()
  const textColumns = columns.filter(isTextColumn)
  const keptBuilders = textColumns.map(() => new TextBuilder(rows))
  for (const column of columns) {
    if (isTextColumn(column) || !isArrayColumn(column.name)) continue
    const { name, element } = column
    const elements = rows * elementsPerRow(column)
    const reused = into && arrayOf(into, name)
    if (reused?.byteLength === elements * elementByteLength[element]) arrays.set(name, reused)
    else
      arrays.set(
        name,
        viewElements[element](new ArrayBuffer(elements * elementByteLength[element]), 0, elements),
      )
  }
  const listColumns = columns.filter(isListColumn)
  const lists = listColumns.map((): ListValues[] => [])
  let done = 0
  for (const piece of pieces) {
    const body = piece.part.body(piece.batch)
    yield [...arrays].map(([name, array]) => {
      const rowByteLength = array.byteLength / rows
      return {
        handle: body.handle,
        target: bytesOf(array).subarray(done * rowByteLength, (done + piece.rows) * rowByteLength),
        position: body.position + regionOf(body, name).data.offset + piece.row * rowByteLength,
      }
    })
    for (const [index, { name }] of listColumns.entries())
      lists[index]!.push(yield* readList(body, piece, name))
    for (const [index, { name }] of textColumns.entries())
      yield* readTexts(body, piece, name, keptBuilders[index]!)
    done += piece.rows
  }
  const joined = new Map(
    listColumns.map((column, index) => [column.name, joinLists(lists[index]!, rows, column)]),
  )
  const kept = keptBuilders.map((builder) => builder.build())
  return windowBatch({ firstWindow, rows, arrays, lists: joined, kept }, layout, into)
}

type ListColumn = Column & { readonly name: ListColumnName }

function isListColumn(column: Column | TextColumn): column is ListColumn {
  return !isTextColumn(column) && isListColumnName(column.name)
}

/** Where the bytes of a column lie in a batch. */
export function regionOf(body: BatchBody, name: string): BatchBody['plan']['columns'][number] {
  return body.plan.columns.find(({ column }) => column.name === name && !isTextColumn(column))!
}

/** Adds the texts of some rows of a batch to a builder. */
export function* readTexts(
  body: BatchBody<FileColumn>,
  { row, rows }: Pick<Piece, 'row' | 'rows'>,
  name: string,
  builder: TextBuilder,
): Reading<void> {
  const region = body.plan.columns.find(({ column }) => isTextColumn(column) && column.name === name)!
  const { handle, position } = body
  const offsets = new Int32Array(rows + 1)
  const firstByte = row >> 3
  const bits = new Uint8Array(Math.ceil((row + rows) / 8) - firstByte)
  yield [
    { handle, target: bytesOf(offsets), position: position + region.offsets!.offset + 4 * row },
    { handle, target: bits, position: position + region.validity!.offset + firstByte },
  ]
  checkRising(offsets, region.elements, handle.name, position + region.offsets!.offset + 4 * row)
  const first = offsets[0]!
  const bytes = new Uint8Array(offsets[rows]! - first)
  yield [{ handle, target: bytes, position: position + region.data.offset + first }]
  for (let at = 0; at < rows; at++) {
    const bit = (row & 7) + at
    const isThere = ((bits[bit >> 3]! >> (bit & 7)) & 1) === 1
    builder.add(isThere ? bytes.subarray(offsets[at]! - first, offsets[at + 1]! - first) : null)
  }
}

/** @throws DatasetError `corrupt` */
function checkRising(offsets: Int32Array, most: number, file: string, position: number): void {
  for (let row = 0; row + 1 < offsets.length; row++) {
    if (offsets[row]! >= 0 && offsets[row + 1]! >= offsets[row]! && offsets[row + 1]! <= most) continue
    const at = position + 4 * row
    throw new DatasetError('corrupt', `${file} is damaged at byte ${at}: list offsets must rise`, {
      file,
      position: at,
    })
  }
}

/** The lists of some rows of a batch. @throws DatasetError `corrupt` for offsets that do not rise */
export function* readList(
  body: BatchBody,
  piece: Pick<Piece, 'row' | 'rows'>,
  name: ColumnName,
): Reading<ListValues> {
  const region = regionOf(body, name)
  const { element, ...column } = region.column as Column
  const perItem = elementsPerItem(column)
  const { handle, position } = body
  const offsets = new Int32Array(piece.rows + 1)
  yield [{ handle, target: bytesOf(offsets), position: position + region.offsets!.offset + 4 * piece.row }]
  const first = offsets[0]!
  checkRising(offsets, region.elements, handle.name, position + region.offsets!.offset + 4 * piece.row)
  const byteLength = perItem * elementByteLength[element]
  const count = offsets[piece.rows]! - first
  const values = viewElements[element](new ArrayBuffer(count * byteLength), 0, count * perItem)
  yield [{ handle, target: bytesOf(values), position: position + region.data.offset + byteLength * first }]
  return { offsets: offsets.map((offset) => offset - first), values }
}

/** The lists of consecutive rows as one. */
export function joinLists(
  lists: readonly ListValues[],
  rows: number,
  { element, ...column }: Pick<Column, 'element' | 'itemShape'>,
): ListValues {
  if (lists.length === 1) return lists[0]!
  const perItem = elementsPerItem(column)
  const offsets = new Int32Array(rows + 1)
  const count = lists.reduce((total, list) => total + list.values.length, 0)
  const values = viewElements[element](new ArrayBuffer(count * elementByteLength[element]), 0, count)
  const bytes = bytesOf(values)
  let row = 0
  let value = 0
  for (const list of lists) {
    for (const [index, offset] of list.offsets.entries()) offsets[row + index] = value + offset
    bytes.set(bytesOf(list.values), value * perItem * elementByteLength[element])
    row += list.offsets.length - 1
    value += list.values.length / perItem
  }
  return { offsets, values }
}
