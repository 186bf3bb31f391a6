import { Message } from 'apache-arrow'
import { BufferRegion, FieldNode, RecordBatch } from 'apache-arrow/ipc/metadata/message'
import { elementByteLength, elementsPerRow, type Column } from '../layout/columns.ts'

/** Bodies and their buffers start at multiples of this, as the format recommends for SIMD readers. */
export const alignment = 64

/** The next multiple of {@link alignment}. */
export const aligned = (byteLength: number): number => Math.ceil(byteLength / alignment) * alignment

/** Where the bytes of a column lie in the body of a record batch. */
interface ColumnRegion {
  readonly column: Column
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
export interface BatchPlan {
  readonly rows: number
  readonly columns: readonly ColumnRegion[]
  readonly bodyByteLength: number
}

/** Plans the body of a batch of `rows` rows; `listElements` are the elements of a list column's rows together. */
export function planBatch(columns: readonly Column[], rows: number, listElements: number): BatchPlan {
  let offset = 0
  const region = (byteLength: number): Region => {
    const at = offset
    offset += aligned(byteLength)
    return { offset: at, byteLength }
  }
  const regions = columns.map((column): ColumnRegion => {
    const elements = column.shape === 'list' ? listElements : rows * elementsPerRow(column)
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

/** Where in the body the number of list elements stands, as the last of the list's offsets; undefined without a list. */
export function listElementsAt({ columns }: BatchPlan): number | undefined {
  const offsets = columns.find((region) => region.offsets !== undefined)?.offsets
  return offsets && offsets.offset + offsets.byteLength - 4
}
