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

/** What the header of a planned batch states: node lengths, none of them null, and buffer regions. */
export interface BatchHeader {
  readonly nodeLengths: readonly number[]
  readonly buffers: readonly Region[]
}

/** Per column one node per nesting level, and per level an empty validity buffer, then offsets and data. */
export function batchHeader({ rows, columns }: BatchPlan): BatchHeader {
  const nodeLengths: number[] = []
  const buffers: Region[] = []
  for (const { column, elements, data, offsets } of columns) {
    const levels = column.shape === 'list' ? [rows, elements] : levelLengths(rows, column.shape)
    for (const [depth, length] of levels.entries()) {
      nodeLengths.push(length)
      buffers.push({ offset: data.offset, byteLength: 0 })
      if (depth === 0 && offsets !== undefined) buffers.push(offsets)
    }
    buffers.push(data)
  }
  return { nodeLengths, buffers }
}

/** The flatbuffer of a planned batch's message. */
export function encodeBatchMessage(plan: BatchPlan): Uint8Array {
  const { nodeLengths, buffers } = batchHeader(plan)
  const batch = new RecordBatch(
    plan.rows,
    nodeLengths.map((length) => new FieldNode(length, 0)),
    buffers.map(({ offset, byteLength }) => new BufferRegion(offset, byteLength)),
    null,
  )
  return Message.encode(Message.from(batch, plan.bodyByteLength))
}

/** Lengths of the nested levels: rows, rows·T, rows·T·D. */
function levelLengths(rows: number, shape: readonly number[]): number[] {
  const lengths = [rows]
  for (const length of shape) lengths.push(lengths.at(-1)! * length)
  return lengths
}
