import { Message } from 'apache-arrow'
import { BufferRegion, FieldNode, RecordBatch } from 'apache-arrow/ipc/metadata/message'
import {
  elementByteLength,
  elementsPerRow,
  listGroupOf,
  type ArrowColumn,
  type ListGroup,
} from '../layout/columns.ts'

/** Bodies and their buffers start at multiples of this, as the format recommends for SIMD readers. */
export const alignment = 64

/** The next multiple of {@link alignment}. */
export const aligned = (byteLength: number): number => Math.ceil(byteLength / alignment) * alignment

/** Where the bytes of a column lie in the body of a record batch. */
interface ColumnRegion<C extends ArrowColumn> {
  readonly column: C
  /** Elements of all rows. */
  readonly elements: number
  readonly data: Region
  /** The `rows + 1` int32 offsets of a list column. */
  readonly offsets?: Region
}

/** A range of a body. */
interface Region {
  readonly offset: number
  readonly byteLength: number
}

/** The body of a record batch, planned: nothing is read or written. */
export interface BatchPlan<C extends ArrowColumn = ArrowColumn> {
  readonly rows: number
  readonly columns: readonly ColumnRegion<C>[]
  readonly bodyByteLength: number
}

/** Elements of all rows of a batch together, for the lists of each group. */
export type ListElements = Readonly<Record<ListGroup, number>>

/** Plans the body of a batch of `rows` rows. */
export function planBatch<C extends ArrowColumn>(
  columns: readonly C[],
  rows: number,
  listElements: ListElements,
): BatchPlan<C> {
  let offset = 0
  const region = (byteLength: number): Region => {
    const at = offset
    offset += aligned(byteLength)
    return { offset: at, byteLength }
  }
  const regions = columns.map((column): ColumnRegion<C> => {
    const elements =
      column.shape === 'list' ? listElements[listGroupOf(column)] : rows * elementsPerRow(column)
    const byteLength = elements * elementByteLength[column.element]
    if (column.shape !== 'list') return { column, elements, data: region(byteLength) }
    const offsets = region(4 * (rows + 1))
    return { column, elements, offsets, data: region(byteLength) }
  })
  return { rows, columns: regions, bodyByteLength: offset }
}

/**
 * The flatbuffer of a planned batch's message: per column one node per nesting level, none of it null, and per level an
 * empty validity buffer, then offsets and data.
 */
export function encodeBatchMessage({ rows, columns, bodyByteLength }: BatchPlan): Uint8Array {
  const nodes: FieldNode[] = []
  const buffers: BufferRegion[] = []
  for (const { column, elements, data, offsets } of columns) {
    const levels = column.shape === 'list' ? [rows, elements] : levelLengths(rows, column.shape)
    for (const [depth, length] of levels.entries()) {
      nodes.push(new FieldNode(length, 0))
      buffers.push(new BufferRegion(data.offset, 0))
      if (depth === 0 && offsets !== undefined) {
        buffers.push(new BufferRegion(offsets.offset, offsets.byteLength))
      }
    }
    buffers.push(new BufferRegion(data.offset, data.byteLength))
  }
  return Message.encode(Message.from(new RecordBatch(rows, nodes, buffers, null), bodyByteLength))
}

/** Lengths of the nested levels: rows, rows·T, rows·T·D. */
function levelLengths(rows: number, shape: readonly number[]): number[] {
  const lengths = [rows]
  for (const length of shape) lengths.push(lengths.at(-1)! * length)
  return lengths
}

/**
 * Where in the body the number of a group's elements stands: the last offset of its first list. Undefined where no list
 * is of the group.
 */
export function listElementsAt({ columns }: BatchPlan, group: ListGroup): number | undefined {
  const offsets = columns.find(
    ({ column, offsets: found }) => found !== undefined && listGroupOf(column) === group,
  )?.offsets
  return offsets && offsets.offset + offsets.byteLength - 4
}
