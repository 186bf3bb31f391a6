import { DatasetError } from '../errors.ts'
import {
  elementByteLength,
  elementsPerRow,
  isTextColumn,
  partColumnsOf,
  type Column,
} from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { bytesOf, viewElements, type ElementArray } from '../layout/typed-array.ts'
import { TextBuilder, type TextValues } from '../part/text-values.ts'
import { joinLists, readList, readTexts, regionOf, type Piece } from './read-rows.ts'
import type { Reading } from './reading.ts'
import type { ListValues } from './window-batch.ts'

/** Consecutive documents of a dataset that has a row for each, as flat typed arrays: n rows of t ids together. */
export interface DocumentRowBatch {
  /** Number of the first row's document. */
  readonly firstDocument: number
  /** n */
  readonly rows: number
  /** n + 1, from 0 to t: the ids of row i are `offsets[i]` to `offsets[i + 1]`. Of pooled rows they count what was pooled. */
  readonly offsets: Int32Array
  /** t ids; absent of pooled rows. */
  readonly inputIds?: Int32Array | Uint16Array
  /** t·D: `Float32Array` for f32, bits for f16 and bf16. Absent of pooled rows, and where the dataset has no embeddings. */
  readonly inputsEmbeds?: Float32Array | Uint16Array
  /** As `inputsEmbeds` but of `firstBlockDim` columns; absent where the dataset has no such column. */
  readonly firstBlock?: Float32Array | Uint16Array
  /** n·D: the mean of the vectors of each row, zeros where it has none. Of pooled rows alone. */
  readonly embedding?: Float32Array
  /** n texts for each kept column, in the order of `layout.kept.names`; absent where the dataset has none. */
  readonly kept?: readonly TextValues[]
  /** n */
  readonly document: BigInt64Array
  /** n */
  readonly source: Int32Array
  /** n */
  readonly byteStart: BigInt64Array
  /** n */
  readonly byteEnd: BigInt64Array
}

/** The key that each column of rows of documents has in a batch. */
export const batchKeyOf = {
  input_ids: 'inputIds',
  inputs_embeds: 'inputsEmbeds',
  first_block: 'firstBlock',
  embedding: 'embedding',
  document: 'document',
  source: 'source',
  byte_start: 'byteStart',
  byte_end: 'byteEnd',
} as const

/**
 * Reads rows from wherever they lie: per piece and column one range or two, and no more than asked.
 *
 * @param names the columns that are wanted. @default all
 */
export function* readDocumentRows(
  layout: DatasetLayout,
  firstDocument: number,
  pieces: readonly Piece[],
  names?: readonly string[],
): Reading<DocumentRowBatch> {
  const rows = pieces.reduce((total, piece) => total + piece.rows, 0)
  const named: Record<string, ElementArray> = {}
  const kept: TextValues[] = []
  let offsets: Int32Array | undefined
  for (const column of partColumnsOf(layout)) {
    if (names !== undefined && !names.includes(column.name)) continue
    if (isTextColumn(column)) {
      const builder = new TextBuilder(rows)
      for (const piece of pieces) yield* readTexts(piece.part.body(piece.batch), piece, column.name, builder)
      kept.push(builder.build())
    } else if (column.shape === 'list') {
      const lists: ListValues[] = []
      for (const piece of pieces)
        lists.push(yield* readList(piece.part.body(piece.batch), piece, column.name))
      const joined = joinLists(lists, rows, column)
      if (offsets !== undefined) checkEqual(offsets, joined.offsets)
      offsets = joined.offsets
      named[batchKeyOf[column.name as keyof typeof batchKeyOf]] = joined.values
    } else {
      const values = yield* readFixed(column, pieces, rows)
      if (column.name === 'tokens') offsets = runningSums(values as Int32Array)
      else named[batchKeyOf[column.name as keyof typeof batchKeyOf]] = values
    }
  }
  return {
    firstDocument,
    rows,
    offsets: offsets ?? new Int32Array(rows + 1),
    ...(named as unknown as Pick<DocumentRowBatch, 'document' | 'source' | 'byteStart' | 'byteEnd'>),
    ...(kept.length > 0 && { kept }),
  }
}

function* readFixed(column: Column, pieces: readonly Piece[], rows: number): Reading<ElementArray> {
  const perRow = elementsPerRow(column)
  const rowByteLength = perRow * elementByteLength[column.element]
  const values = viewElements[column.element](new ArrayBuffer(rows * rowByteLength), 0, rows * perRow)
  let done = 0
  for (const { part, batch, row, rows: count } of pieces) {
    const body = part.body(batch)
    const target = bytesOf(values).subarray(done * rowByteLength, (done + count) * rowByteLength)
    const position = body.position + regionOf(body, column.name).data.offset + row * rowByteLength
    yield [{ handle: body.handle, target, position }]
    done += count
  }
  return values
}

function runningSums(lengths: Int32Array): Int32Array {
  const offsets = new Int32Array(lengths.length + 1)
  for (const [row, length] of lengths.entries()) offsets[row + 1] = offsets[row]! + length
  return offsets
}

/** @throws DatasetError `corrupt` */
function checkEqual(offsets: Int32Array, others: Int32Array): void {
  if (offsets.every((offset, row) => offset === others[row])) return
  throw new DatasetError('corrupt', 'A row has other numbers of ids and of vectors; its part is damaged')
}
