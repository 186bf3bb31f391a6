import type { ColumnBytes } from '../arrow/ipc-writer.ts'
import { DatasetError } from '../errors.ts'
import { columnsOfDocuments, keptColumnsOf, type DocumentColumn } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { bytesOf } from '../layout/typed-array.ts'
import {
  firstOutside,
  idBytes,
  int64Bytes,
  int64Words,
  textBytes,
  vectorArray,
  viewOf,
} from './batch-bytes.ts'
import type { Int64Values } from './part-batch.ts'
import type { TextValues } from './text-values.ts'

/**
 * Consecutive documents as flat typed arrays, one record batch of a dataset with a row for each document: n rows of t ids together.
 * The arrays are only read during `append`, so the caller may reuse them.
 */
export interface DocumentRows {
  /** Number of documents, n. */
  readonly rows: number
  /** n + 1 offsets from 0 to t: the ids of row i are `offsets[i]` to `offsets[i + 1]`. */
  readonly offsets: Int32Array
  /** t ids. */
  readonly inputIds: Int32Array | Uint16Array
  /** t·D elements where the layout's `embedding` is `full`: `Float32Array` for f32, bits for f16 and bf16. */
  readonly inputsEmbeds?: Float32Array | Uint16Array
  /** t·`firstBlockDim` elements where the layout has `first_block`, of the same type. */
  readonly firstBlock?: Float32Array | Uint16Array
  /** n·D elements where the layout pools: the mean of the vectors of each row. */
  readonly embedding?: Float32Array
  /** n texts for each kept column, where the layout has any. */
  readonly kept?: readonly TextValues[]
  /** n indices into the manifest's `sources`. */
  readonly source: Int32Array
  /** n byte offsets in that source: where the text of the row's ids begins and ends. */
  readonly byteStart: Int64Values
  readonly byteEnd: Int64Values
}

/**
 * Checks a batch of documents against its layout and gives the bytes of each column.
 *
 * @throws DatasetError `invalid-argument` for a missing or wrongly sized array, `out-of-range` for an id.
 */
export function documentRowBytes(
  layout: DatasetLayout,
  batch: DocumentRows,
  firstDocument: number,
): ColumnBytes[] {
  checkOffsets(batch, layout)
  const bad = firstOutside(batch.inputIds, layout.vocabSize)
  if (bad !== -1) {
    const row = batch.offsets.findLastIndex((offset) => offset <= bad)
    throw new DatasetError(
      'out-of-range',
      `Expected \`inputIds\` in [0, ${layout.vocabSize}), got ${batch.inputIds[bad]} in row ${row}, position ${bad - batch.offsets[row]!}`,
    )
  }
  const columns = columnsOfDocuments(layout).map((column) =>
    columnBytes(layout, column, batch, firstDocument),
  )
  const kept = keptColumnsOf(layout).map(({ name }, place) =>
    textBytes(name, batch.kept?.[place], batch.rows),
  )
  return [...columns, ...kept]
}

function checkOffsets({ offsets, rows, inputIds }: DocumentRows, { maxLength }: DatasetLayout): void {
  const fail = (what: string): never => {
    throw new DatasetError('invalid-argument', `Expected \`offsets\` ${what}`)
  }
  if (offsets.length !== rows + 1) fail(`of ${rows + 1} elements, got ${offsets.length}`)
  if (offsets[0] !== 0 || offsets[rows] !== inputIds.length) fail('from 0 to the number of ids')
  for (let row = 0; row < rows; row++) {
    const length = offsets[row + 1]! - offsets[row]!
    if (length < 0 || length > maxLength)
      fail(`of rows of 0 to ${maxLength} ids, got ${length} in row ${row}`)
  }
}

function columnBytes(
  layout: DatasetLayout,
  column: DocumentColumn,
  batch: DocumentRows,
  firstDocument: number,
): ColumnBytes {
  const { rows } = batch
  const tokens = batch.inputIds.length
  const list = (data: Uint8Array): ColumnBytes => ({ data, offsets: bytesOf(batch.offsets) })
  const vectors = vectorArray(layout)
  switch (column.name) {
    case 'input_ids':
      return list(idBytes(batch.inputIds, layout))
    case 'inputs_embeds':
      return list(viewOf('inputsEmbeds', batch.inputsEmbeds, vectors, tokens * layout.dim))
    case 'first_block':
      return list(viewOf('firstBlock', batch.firstBlock, vectors, tokens * layout.firstBlockDim!))
    case 'embedding':
      return { data: viewOf('embedding', batch.embedding, Float32Array, rows * layout.dim) }
    case 'tokens':
      return { data: bytesOf(lengthsOf(batch)) }
    case 'document':
      return { data: int64Words(rows, (row) => firstDocument + row) }
    case 'source':
      return { data: viewOf('source', batch.source, Int32Array, rows) }
    case 'byte_start':
      return { data: int64Bytes('byteStart', batch.byteStart, rows) }
    case 'byte_end':
      return { data: int64Bytes('byteEnd', batch.byteEnd, rows) }
  }
}

function lengthsOf({ rows, offsets }: DocumentRows): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => offsets[row + 1]! - offsets[row]!)
}
