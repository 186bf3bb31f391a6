import type { ColumnName, PieceColumnName, WindowColumnName } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { ElementArray } from '../layout/typed-array.ts'
import { DatasetError } from '../errors.ts'
import type { CuSeqlens, PieceLists } from '../part/part-batch.ts'
import { pieceKeyOf } from '../part/piece-lists.ts'
import type { TextValues } from '../part/text-values.ts'
import { splitWindowIds } from '../part/window-ids.ts'

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
  /** n·(T + 1), as they are stored, where the layout keeps ids once: both arrays above were cut from it. */
  readonly windowIds?: Int32Array | Uint16Array
  /** n·T·D: `Float32Array` for f32, bits for f16 and bf16. Absent where the dataset has no embeddings. */
  readonly inputsEmbeds?: Float32Array | Uint16Array
  /** What a model's first block receives, as `inputsEmbeds` but with its own width. Absent where the dataset has no such column. */
  readonly firstBlock?: Float32Array | Uint16Array
  /** n·T */
  readonly positionIds?: Int32Array
  /** n·T */
  readonly documentIds?: Int32Array
  readonly cuSeqlens?: CuSeqlens
  /** What each row is packed from, where the dataset says it. */
  readonly pieces?: PieceLists
  /** n texts for each kept column, in the order of `layout.kept.names`; absent where the dataset has none. */
  readonly kept?: readonly TextValues[]
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
  window_ids: 'windowIds',
  input_ids: 'inputIds',
  target_ids: 'targetIds',
  inputs_embeds: 'inputsEmbeds',
  first_block: 'firstBlock',
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
  return Object.hasOwn(keyOf, name)
}

/** The array of a column in a batch, where it has one. */
export function arrayOf(batch: WindowBatch, name: ArrayColumnName): ElementArray | undefined {
  return batch[keyOf[name]]
}

/** Names of the columns whose rows differ in length. */
export type ListColumnName = Exclude<WindowColumnName, ArrayColumnName>

/** Whether a column is one of lists that a batch of windows carries. */
export function isListColumnName(name: ColumnName): name is ListColumnName {
  return name === 'cu_seqlens' || Object.hasOwn(pieceKeyOf, name)
}

/** A list column of n rows: n + 1 offsets from 0, and the values of all rows. */
export interface ListValues {
  readonly offsets: Int32Array
  readonly values: ElementArray
}

/** The columns that must be read for columns that are asked for by name. */
export function storedNames(
  names: readonly string[],
  { ids }: Pick<DatasetLayout, 'ids'>,
): readonly string[] {
  const isId = (name: string): boolean => name === 'input_ids' || name === 'target_ids'
  return ids === 'once' && names.some(isId) ? [...names, 'window_ids'] : names
}

/** The arrays and lists of some rows, by the names of their columns. */
export interface RowValues {
  readonly firstWindow: number
  readonly rows: number
  readonly arrays: ReadonlyMap<ArrayColumnName, ElementArray>
  readonly lists: ReadonlyMap<ListColumnName, ListValues>
  readonly kept: readonly TextValues[]
}

/**
 * Inputs and targets, where ids are kept once.
 *
 * @param into arrays that are overwritten where they are as long as needed
 */
function idsOf(
  windowIds: Int32Array | Uint16Array,
  layout: Pick<DatasetLayout, 'maxLength' | 'fillId'>,
  into: WindowBatch | undefined,
): Pick<WindowBatch, 'inputIds' | 'targetIds'> {
  const { maxLength } = layout
  const length = (windowIds.length / (maxLength + 1)) * maxLength
  const make = (): Int32Array | Uint16Array =>
    windowIds instanceof Uint16Array ? new Uint16Array(length) : new Int32Array(length)
  const isReused = into?.inputIds.length === length
  const [inputIds, targetIds] = isReused ? [into.inputIds, into.targetIds] : [make(), make()]
  splitWindowIds(windowIds, layout, inputIds, targetIds)
  return { inputIds, targetIds }
}

/**
 * Puts the arrays and lists of the columns under their names.
 *
 * @throws DatasetError `corrupt` where the lists of pieces do not have equal lengths.
 */
export function windowBatch(
  { firstWindow, rows, arrays, lists, kept }: RowValues,
  layout: Pick<DatasetLayout, 'maxLength' | 'fillId'>,
  into?: WindowBatch,
): WindowBatch {
  const windowIds = arrays.get('window_ids') as Int32Array | Uint16Array | undefined
  const named = Object.fromEntries([...arrays].map(([name, array]) => [keyOf[name], array]))
  const { cu_seqlens: boundaries, ...pieces } = Object.fromEntries(lists)
  return {
    firstWindow,
    rows,
    ...named,
    ...(windowIds && idsOf(windowIds, layout, into)),
    ...(boundaries && { cuSeqlens: boundaries }),
    ...(Object.keys(pieces).length > 0 && { pieces: joinPieces(pieces) }),
    ...(kept.length > 0 && { kept }),
  } as WindowBatch
}

function joinPieces(lists: Readonly<Partial<Record<PieceColumnName, ListValues>>>): PieceLists {
  const [first, ...others] = Object.values(lists)
  const { offsets } = first!
  if (others.some((other) => other.offsets.some((offset, row) => offset !== offsets[row]))) {
    throw new DatasetError('corrupt', 'A row has lists of pieces of different lengths; its part is damaged')
  }
  const named = Object.entries(lists).map(([name, { values }]) => [
    pieceKeyOf[name as PieceColumnName],
    values,
  ])
  return { offsets, ...Object.fromEntries(named) } as PieceLists
}

/** The lists of a column in a batch that has it. */
export function listOf(batch: WindowBatch, name: ListColumnName): ListValues {
  if (name === 'cu_seqlens') return batch.cuSeqlens!
  const { offsets, ...values } = batch.pieces!
  return { offsets, values: values[pieceKeyOf[name]] as ElementArray }
}
