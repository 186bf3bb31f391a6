import type { ColumnName } from '../layout/columns.ts'
import type { ElementArray } from '../layout/typed-array.ts'
import type { CuSeqlens } from '../part/part-batch.ts'

/**
 * Consecutive windows as flat typed arrays, row-major: n rows of T ids and T·D embedding elements.
 * It has the shape of the part writer's `PartBatch`, so what was read can be written again.
 */
export interface WindowBatch {
  /** The first row's place in the dataset: also the number of its window, unless the rows were shuffled. */
  readonly firstWindow: number
  /** n */
  readonly rows: number
  /** n·T */
  readonly inputIds: Int32Array | Uint16Array
  /** n·T */
  readonly targetIds: Int32Array | Uint16Array
  /** n·T·D: `Float32Array` for f32, bits for f16 and bf16. Absent where the dataset has no embeddings. */
  readonly inputsEmbeds?: Float32Array | Uint16Array
  /** n·T */
  readonly positionIds?: Int32Array
  /** n·T */
  readonly documentIds?: Int32Array
  readonly cuSeqlens?: CuSeqlens
  /** n */
  readonly document?: BigInt64Array
  /** n: the corpus' numbers of the windows. */
  readonly window: BigInt64Array
  /** n */
  readonly source: Int32Array
  /** n */
  readonly byteStart: BigInt64Array
  /** n */
  readonly byteEnd: BigInt64Array
}

const keyOf = {
  input_ids: 'inputIds',
  target_ids: 'targetIds',
  inputs_embeds: 'inputsEmbeds',
  position_ids: 'positionIds',
  document_ids: 'documentIds',
  document: 'document',
  window: 'window',
  source: 'source',
  byte_start: 'byteStart',
  byte_end: 'byteEnd',
} as const

/** The columns that {@link windowBatch} takes as arrays: lists come apart. */
export type ArrayColumnName = keyof typeof keyOf

/** Whether a column is one of fixed rows that a batch carries. */
export function isArrayColumn(name: ColumnName): name is ArrayColumnName {
  return name in keyOf
}

/** The array of a column in a batch, where it has one. */
export function arrayOf(batch: WindowBatch, name: ArrayColumnName): ElementArray | undefined {
  return batch[keyOf[name]]
}

/** Puts the arrays of the columns under their names. */
export function windowBatch(
  firstWindow: number,
  rows: number,
  arrays: ReadonlyMap<ArrayColumnName, ElementArray>,
  cuSeqlens: CuSeqlens | undefined,
): WindowBatch {
  const named = Object.fromEntries([...arrays].map(([name, array]) => [keyOf[name], array]))
  return { firstWindow, rows, ...named, ...(cuSeqlens && { cuSeqlens }) } as WindowBatch
}
