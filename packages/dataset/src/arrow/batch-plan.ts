import { Message } from 'apache-arrow'
import { BufferRegion, FieldNode, RecordBatch } from 'apache-arrow/ipc/metadata/message'
import {
  elementByteLength,
  elementsPerItem,
  elementsPerRow,
  isTextColumn,
  listGroupOf,
  type FileColumn,
  type ListGroup,
} from '../layout/columns.ts'

/** Bodies and their buffers start at multiples of this, as the format recommends for SIMD readers. */
export const alignment = 64

/** The next multiple of {@link alignment}. */
export const aligned = (byteLength: number): number => Math.ceil(byteLength / alignment) * alignment

/** Where the bytes of a column lie in the body of a record batch. */
interface ColumnRegion<C extends FileColumn> {
  readonly column: C
  /** Elements of all rows; of lists their items, of texts their bytes. */
  readonly elements: number
  readonly data: Region
  /** The `rows + 1` int32 offsets of a column of lists or texts. */
  readonly offsets?: Region
  /** A bit for each row of a column of texts: 0 where it is null. */
  readonly validity?: Region
  /** Rows that are null. */
  readonly nulls: number
}

/** A range of a body. */
interface Region {
  readonly offset: number
  readonly byteLength: number
}

/** The body of a record batch, planned: nothing is read or written. */
export interface BatchPlan<C extends FileColumn = FileColumn> {
  readonly rows: number
  readonly columns: readonly ColumnRegion<C>[]
  readonly bodyByteLength: number
}

/** What a column of texts takes in a batch. */
export interface TextSize {
  readonly byteLength: number
  readonly nulls: number
}

/** What the rows of a batch take together where they differ: elements of the lists of each group, and each column of texts. */
export interface BatchSizes extends Readonly<Record<ListGroup, number>> {
  /** In the order of the columns; those that are missing count as empty. */
  readonly texts: readonly TextSize[]
}

/** Plans the body of a batch of `rows` rows. */
export function planBatch<C extends FileColumn>(
  columns: readonly C[],
  rows: number,
  sizes: BatchSizes,
): BatchPlan<C> {
  let offset = 0
  const region = (byteLength: number): Region => {
    const at = offset
    offset += aligned(byteLength)
    return { offset: at, byteLength }
  }
  let texts = 0
  const regions = columns.map((column): ColumnRegion<C> => {
    // TypeScript does not narrow a type parameter.
    const kind: FileColumn = column
    if (isTextColumn(kind)) {
      const { byteLength, nulls } = sizes.texts[texts++] ?? { byteLength: 0, nulls: 0 }
      const validity = region(Math.ceil(rows / 8))
      const offsets = region(4 * (rows + 1))
      return { column, elements: byteLength, validity, offsets, data: region(byteLength), nulls }
    }
    const elements = kind.shape === 'list' ? sizes[listGroupOf(kind)] : rows * elementsPerRow(kind)
    const perItem = kind.shape === 'list' ? elementsPerItem(kind) : 1
    const byteLength = elements * perItem * elementByteLength[kind.element]
    if (kind.shape !== 'list') return { column, elements, data: region(byteLength), nulls: 0 }
    const offsets = region(4 * (rows + 1))
    return { column, elements, offsets, data: region(byteLength), nulls: 0 }
  })
  return { rows, columns: regions, bodyByteLength: offset }
}

/**
 * The flatbuffer of a planned batch's message: per column one node per nesting level, and per level a validity buffer, empty
 * where nothing can be null, then offsets and data.
 */
export function encodeBatchMessage({ rows, columns, bodyByteLength }: BatchPlan): Uint8Array {
  const nodes: FieldNode[] = []
  const buffers: BufferRegion[] = []
  for (const { column, elements, data, offsets, validity, nulls } of columns) {
    if (column.shape === 'text') {
      nodes.push(new FieldNode(rows, nulls))
      for (const { offset, byteLength } of [validity!, offsets!, data]) {
        buffers.push(new BufferRegion(offset, byteLength))
      }
      continue
    }
    const levels =
      column.shape === 'list'
        ? [rows, ...levelLengths(elements, column.itemShape ?? [])]
        : levelLengths(rows, column.shape)
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
    ({ column }) => column.shape === 'list' && listGroupOf(column) === group,
  )?.offsets
  return offsets && offsets.offset + offsets.byteLength - 4
}
