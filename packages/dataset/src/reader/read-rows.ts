import { DatasetError } from '../errors.ts'
import { elementByteLength, elementsPerRow, type Column } from '../layout/columns.ts'
import { bytesOf, viewElements, type ElementArray } from '../layout/typed-array.ts'
import type { CuSeqlens } from '../part/part-batch.ts'
import type { BatchBody, PartReader } from './part-reader.ts'
import type { Reading } from './reading.ts'
import {
  arrayOf,
  isArrayColumn,
  windowBatch,
  type ArrayColumnName,
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
 * @param into - a batch whose arrays are overwritten where they are as long as needed, instead of making new ones.
 */
export function* readRows(
  columns: readonly Column[],
  firstWindow: number,
  pieces: readonly Piece[],
  into: WindowBatch | undefined,
): Reading<WindowBatch> {
  const rows = pieces.reduce((total, piece) => total + piece.rows, 0)
  const arrays = new Map<ArrayColumnName, ElementArray>()
  for (const { name, element, ...column } of columns) {
    if (!isArrayColumn(name)) continue
    const elements = rows * elementsPerRow(column)
    const reused = into && arrayOf(into, name)
    if (reused?.byteLength === elements * elementByteLength[element]) arrays.set(name, reused)
    else
      arrays.set(
        name,
        viewElements[element](new ArrayBuffer(elements * elementByteLength[element]), 0, elements),
      )
  }
  const hasList = columns.some(({ shape }) => shape === 'list')
  const lists: CuSeqlens[] = []
  let done = 0
  for (const piece of pieces) {
    const body = yield* piece.part.body(piece.batch)
    yield [...arrays].map(([name, array]) => {
      const rowByteLength = array.byteLength / rows
      return {
        handle: body.handle,
        target: bytesOf(array).subarray(done * rowByteLength, (done + piece.rows) * rowByteLength),
        position: body.position + regionOf(body, name).data.offset + piece.row * rowByteLength,
      }
    })
    if (hasList) lists.push(yield* readList(body, piece))
    done += piece.rows
  }
  return windowBatch(firstWindow, rows, arrays, hasList ? joinLists(lists, rows) : undefined)
}

function regionOf(body: BatchBody, name: string): BatchBody['plan']['columns'][number] {
  return body.plan.columns.find(({ column }) => column.name === name)!
}

function* readList(body: BatchBody, piece: Piece): Reading<CuSeqlens> {
  const region = regionOf(body, 'cu_seqlens')
  const offsets = new Int32Array(piece.rows + 1)
  yield [
    {
      handle: body.handle,
      target: bytesOf(offsets),
      position: body.position + region.offsets!.offset + 4 * piece.row,
    },
  ]
  const { handle, position } = body
  const first = offsets[0]!
  for (let row = 0; row < piece.rows; row++) {
    if (offsets[row]! < 0 || offsets[row + 1]! < offsets[row]! || offsets[row + 1]! > region.elements) {
      const at = position + region.offsets!.offset + 4 * (piece.row + row)
      throw new DatasetError('corrupt', `${handle.name} is damaged at byte ${at}: list offsets must rise`, {
        file: handle.name,
        position: at,
      })
    }
  }
  const values = new Int32Array(offsets[piece.rows]! - first)
  yield [{ handle, target: bytesOf(values), position: position + region.data.offset + 4 * first }]
  return { offsets: offsets.map((offset) => offset - first), values }
}

function joinLists(lists: readonly CuSeqlens[], rows: number): CuSeqlens {
  if (lists.length === 1) return lists[0]!
  const offsets = new Int32Array(rows + 1)
  const values = new Int32Array(lists.reduce((total, list) => total + list.values.length, 0))
  let row = 0
  let value = 0
  for (const list of lists) {
    for (const [index, offset] of list.offsets.entries()) offsets[row + index] = value + offset
    values.set(list.values, value)
    row += list.offsets.length - 1
    value += list.values.length
  }
  return { offsets, values }
}
