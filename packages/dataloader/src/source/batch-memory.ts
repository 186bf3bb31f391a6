/** What the rows of a source look like; T is `maxLength`, D is `dim`. */
export interface RowFormat {
  readonly maxLength: number
  readonly idType: 'int32' | 'uint16'
  /** 0 where there are no embeddings. */
  readonly dim: number
  /** Width of `first_block`; 0 where there is none. */
  readonly firstBlockDim: number
  /** Of both; `f16` and `bf16` are given as bits. */
  readonly embedsType: 'f32' | 'f16' | 'bf16'
  readonly positionIds: boolean
  readonly documentIds: boolean
}

/** Memory for the rows of one batch: row-major, at least as long as its rows need. */
export interface BatchMemory {
  /** `[rows, T]` */
  readonly inputIds: Int32Array | Uint16Array
  /** `[rows, T]` */
  readonly targetIds: Int32Array | Uint16Array
  /** `[rows, T, D]` */
  readonly inputsEmbeds?: Float32Array | Uint16Array | undefined
  /** `[rows, T, width of the first block]`, where the source has a column of them. */
  readonly firstBlock?: Float32Array | Uint16Array | undefined
  /** `[rows, T]`, where the source has a column of them. */
  readonly positionIds?: Int32Array | undefined
  /** `[rows, T]`, where the source has a column of them. */
  readonly documentIds?: Int32Array | undefined
}

/** The columns a batch can have, by their names in a dataset. */
export const columnKeys = {
  input_ids: 'inputIds',
  target_ids: 'targetIds',
  inputs_embeds: 'inputsEmbeds',
  first_block: 'firstBlock',
  position_ids: 'positionIds',
  document_ids: 'documentIds',
} as const

/** One column of a row format. */
export interface RowColumn {
  readonly column: keyof typeof columnKeys
  readonly key: (typeof columnKeys)[keyof typeof columnKeys]
  readonly array: ElementArray
  /** Elements of one row. */
  readonly length: number
}

type ElementArray = Int32ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor

/** The columns of a format in the order they have in memory. */
export function columnsOfFormat(format: RowFormat): readonly RowColumn[] {
  const { maxLength, dim, firstBlockDim } = format
  const ids = format.idType === 'int32' ? Int32Array : Uint16Array
  const embeds = format.embedsType === 'f32' ? Float32Array : Uint16Array
  const columns: RowColumn[] = []
  const add = (column: RowColumn['column'], array: ElementArray, length: number): void => {
    columns.push({ column, key: columnKeys[column], array, length })
  }
  add('input_ids', ids, maxLength)
  add('target_ids', ids, maxLength)
  if (dim > 0) add('inputs_embeds', embeds, maxLength * dim)
  if (firstBlockDim > 0) add('first_block', embeds, maxLength * firstBlockDim)
  if (format.positionIds) add('position_ids', Int32Array, maxLength)
  if (format.documentIds) add('document_ids', Int32Array, maxLength)
  return columns
}

const alignment = 64
const aligned = (byteLength: number): number => Math.ceil(byteLength / alignment) * alignment

/** Bytes that {@link allocateBatch} allocates for `rows` rows. */
export function batchByteLength(columns: readonly RowColumn[], rows: number): number {
  return columns.reduce((sum, { array, length }) => sum + aligned(rows * length * array.BYTES_PER_ELEMENT), 0)
}

/** Memory for a batch, all columns in one buffer, so that it can be handed from thread to thread in one piece. */
export function allocateBatch(columns: readonly RowColumn[], rows: number): BatchMemory {
  const buffer = new ArrayBuffer(batchByteLength(columns, rows))
  const memory: Record<string, ArrayBufferView> = {}
  let offset = 0
  for (const { key, array: ElementArray, length } of columns) {
    memory[key] = new ElementArray(buffer, offset, rows * length)
    offset += aligned(rows * length * ElementArray.BYTES_PER_ELEMENT)
  }
  return memory as unknown as BatchMemory
}

/** Views of some of the rows of a batch; nothing is copied. */
export function rowsOfBatch(
  columns: readonly RowColumn[],
  memory: BatchMemory,
  first: number,
  rows: number,
): BatchMemory {
  const views: Record<string, ArrayBufferView> = {}
  for (const { key, length } of columns) {
    const array = memory[key]!
    const whole = first === 0 && array.length === rows * length
    views[key] = whole ? array : array.subarray(first * length, (first + rows) * length)
  }
  return views as unknown as BatchMemory
}

/** Below this many elements a loop is quicker than making a view. */
const shortRow = 48

/** Copies one row between arrays of one type. */
export function copyRow(
  from: BatchArray,
  fromStart: number,
  to: BatchArray,
  toStart: number,
  length: number,
): void {
  if (length > shortRow) {
    to.set(from.subarray(fromStart, fromStart + length), toStart)
    return
  }
  for (let i = 0; i < length; i++) to[toStart + i] = from[fromStart + i]!
}

/** Any column's array. */
export type BatchArray = Int32Array | Uint16Array | Float32Array
