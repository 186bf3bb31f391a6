import { datasetLimits } from '../limits.ts'
import { DatasetError } from '../errors.ts'
import { hasDocumentNumbers, reservedColumnNames } from './column-names.ts'
import { columnNamesOf, documentRowByteLength, mostTokenBytes } from './document-rows.ts'

/** How embeddings are kept: as rows (`full`), as tables that readers add up themselves (`lazy`), or not at all. */
export const EmbeddingMode = { full: 'full', lazy: 'lazy', none: 'none' } as const
export type EmbeddingMode = (typeof EmbeddingMode)[keyof typeof EmbeddingMode]

/**
 * The Arrow type of `inputs_embeds`, for `maxLength` T and `dim` D:
 *
 * - `nested`: FixedSizeList[T] of FixedSizeList[D]. pyarrow, torch, polars, DuckDB and datasets all read its shape.
 * - `flat`: FixedSizeList[T·D].
 * - `tensor`: the same storage as `flat` with the extension `arrow.fixed_shape_tensor`, shape [T, D].
 */
export const EmbeddingLayout = { nested: 'nested', flat: 'flat', tensor: 'tensor' } as const
export type EmbeddingLayout = (typeof EmbeddingLayout)[keyof typeof EmbeddingLayout]

/** The element type of `inputs_embeds`. Arrow has no bfloat16: `bf16` is stored as its bits in uint16. */
export const EmbeddingDtype = { f32: 'f32', f16: 'f16', bf16: 'bf16' } as const
export type EmbeddingDtype = (typeof EmbeddingDtype)[keyof typeof EmbeddingDtype]

/** The element type of `input_ids` and `target_ids`. */
export const IdType = { int32: 'int32', uint16: 'uint16' } as const
export type IdType = (typeof IdType)[keyof typeof IdType]

/**
 * How a row keeps its ids: in two columns, `input_ids` and `target_ids`, or `once`, as the T + 1 ids of `window_ids`, of which the
 * first T are the inputs and the last T the targets.
 */
export const IdColumns = { twice: 'twice', once: 'once' } as const
export type IdColumns = (typeof IdColumns)[keyof typeof IdColumns]

/** Arrow IPC `file` (random access; a cut file is always an error) or `stream` (Hugging Face's `load_from_disk`). */
export const PartFormat = { file: 'file', stream: 'stream' } as const
export type PartFormat = (typeof PartFormat)[keyof typeof PartFormat]

/**
 * What a trainer gets to mask attention between the documents of one window:
 *
 * - `ids`: `document` (int64, the corpus' number of the first token's document) and `document_ids` (int32[T], counted
 *   from 0 inside the window).
 * - `boundaries`: `document` and `cu_seqlens` (list of int32: 0, the start of each further document, T), as
 *   flash-attention's variable-length kernels take it.
 */
export const DocumentColumns = { none: 'none', ids: 'ids', boundaries: 'boundaries' } as const
export type DocumentColumns = (typeof DocumentColumns)[keyof typeof DocumentColumns]

/**
 * What a row is: a `window` of T ids, or a whole `document`: lists of as many ids and vectors as it has, T at most.
 */
export const RowKind = { window: 'window', document: 'document' } as const
export type RowKind = (typeof RowKind)[keyof typeof RowKind]

/** What becomes of the vectors of a row of a document: all are kept, or their `mean` alone. */
export const Pool = { none: 'none', mean: 'mean' } as const
export type Pool = (typeof Pool)[keyof typeof Pool]

/** What the rows of a dataset look like. */
export interface LayoutOptions {
  /** Ids per window, T. */
  readonly maxLength: number
  /** Ids are in `[0, vocabSize)`. */
  readonly vocabSize: number
  /** @default 'none' */
  readonly embedding?: EmbeddingMode
  /** Elements per token, D. Needed for `full` and `lazy`. */
  readonly dim?: number
  /** @default 'nested' */
  readonly layout?: EmbeddingLayout
  /** @default 'f32' */
  readonly dtype?: EmbeddingDtype
  /** `uint16` halves the ids and is refused where `vocabSize` is above 65,536. @default 'int32' */
  readonly idType?: IdType
  /** `once` needs targets that are the inputs shifted by one, so no packed rows. @default 'twice' */
  readonly ids?: IdColumns
  /** The input that fills rows up. Needed with `ids: 'once'` where some are: that column says −100 there. @default no row is filled up */
  readonly fillId?: number
  /** @default 'file' */
  readonly format?: PartFormat
  /** @default 'none' */
  readonly documents?: DocumentColumns
  /** Adds `position_ids` (int32[T]), for positions that restart with each document. @default false */
  readonly positionIds?: boolean
  /**
   * Adds lists that name every piece of a packed row: `piece_lengths`, `piece_documents`, `piece_first_tokens`,
   * `piece_sources`, `piece_byte_starts` and `piece_byte_ends`. @default false
   */
  readonly pieces?: boolean
  /** Adds the column `document`, and columns of texts that documents carry along. @default none */
  readonly kept?: KeptLayout
  /** Adds `first_block`, what a model's first block receives, with this many numbers a token. Needs `embedding: 'full'`. */
  readonly firstBlockDim?: number
  /** `document`: a row is a whole document, `maxLength` the most ids that it may have. @default 'window' */
  readonly per?: RowKind
  /** `mean`: a row of a document holds the mean of its vectors and not its ids. Needs `embedding: 'full'` of f32. @default 'none' */
  readonly pool?: Pool
  /**
   * Rows of every record batch of a part except its last; of documents the most that a batch may have. By default as many as make
   * 8 MiB bytes. Part of the output's identity: other batches are other bytes.
   */
  readonly rowsPerBatch?: number
}

/** Columns of texts that each row has from the document of its first id. */
export interface KeptLayout {
  readonly names: readonly string[]
  /** Bytes of the longest value. */
  readonly valueBytes: number
}

/** {@link LayoutOptions} with defaults applied and checked; plain data, kept in the manifest. */
export interface DatasetLayout {
  readonly maxLength: number
  readonly vocabSize: number
  readonly embedding: EmbeddingMode
  /** 0 where `embedding` is `none`. */
  readonly dim: number
  readonly layout: EmbeddingLayout
  readonly dtype: EmbeddingDtype
  readonly idType: IdType
  /** Absent where inputs and targets are two columns. */
  readonly ids?: 'once'
  /** The input that fills rows up; absent where inputs are a column, or no row is filled up. */
  readonly fillId?: number
  readonly format: PartFormat
  readonly documents: DocumentColumns
  readonly positionIds: boolean
  /** Absent where rows are not packed, and in packed datasets of before 2026-11-26. */
  readonly pieces?: true
  /** Absent where documents carry nothing along. */
  readonly kept?: KeptLayout
  /** Numbers of a token in `first_block`; absent where there is no such column. */
  readonly firstBlockDim?: number
  /** Absent where rows are windows. */
  readonly per?: 'document'
  /** Absent where rows hold the vector of every id. */
  readonly pool?: 'mean'
  readonly rowsPerBatch: number
}

/** Record batches are about this big: small enough to stay near the cache, large enough for few system calls. */
const defaultBatchByteLength = 8 << 20

/** A record batch may not be larger: apache-arrow computes with 32-bit sizes, and readers hold a batch in memory. */
const largestBatchByteLength = datasetLimits.batchBytes

const largestInt32 = 0x7fffffff

/**
 * Applies the defaults and checks the layout once.
 *
 * @throws DatasetError `invalid-argument` for an invalid value, and for uint16 ids of a larger vocabulary.
 */
export function resolveLayout(options: LayoutOptions): DatasetLayout {
  const embedding = oneOf('embedding', options.embedding ?? 'none', EmbeddingMode)
  const maxLength = positiveInteger('maxLength', options.maxLength)
  const vocabSize = positiveInteger('vocabSize', options.vocabSize)
  const dim = embedding === 'none' ? 0 : positiveInteger('dim', options.dim)
  const { firstBlockDim } = options
  if (firstBlockDim !== undefined && embedding !== 'full') {
    throw new DatasetError(
      'invalid-argument',
      `Expected \`embedding\` to be full with \`firstBlockDim\`, got ${embedding}: the first block's input is not made on read`,
    )
  }
  const idType = oneOf('idType', options.idType ?? 'int32', IdType)
  if (idType === 'uint16' && vocabSize > 0x10000) {
    throw new DatasetError(
      'invalid-argument',
      `Expected \`vocabSize\` of at most 65536 with uint16 ids, got ${vocabSize}; use \`idType: 'int32'\``,
    )
  }
  const layout: Omit<DatasetLayout, 'rowsPerBatch'> = {
    maxLength,
    vocabSize,
    embedding,
    dim,
    layout: oneOf('layout', options.layout ?? 'nested', EmbeddingLayout),
    dtype: oneOf('dtype', options.dtype ?? 'f32', EmbeddingDtype),
    idType,
    ...idColumns(options, idType, vocabSize),
    format: oneOf('format', options.format ?? 'file', PartFormat),
    documents: oneOf('documents', options.documents ?? 'none', DocumentColumns),
    positionIds: options.positionIds ?? false,
    ...(options.pieces === true && { pieces: true as const }),
    ...(options.kept !== undefined && { kept: checkKept(options.kept) }),
    ...(firstBlockDim !== undefined && { firstBlockDim: positiveInteger('firstBlockDim', firstBlockDim) }),
    ...rowKind(options),
  }
  const twice = layout.kept?.names.find((name) => columnNamesOf(layout).includes(name))
  if (twice !== undefined) {
    const message = `${JSON.stringify(twice)} is the name of a column of its own; keep the values under another name`
    throw new DatasetError('invalid-argument', message)
  }
  return { ...layout, rowsPerBatch: resolveRowsPerBatch(layout, options.rowsPerBatch) }
}

/** What a layout says of rows that are documents, which have nothing of windows. */
function rowKind(options: LayoutOptions): Pick<DatasetLayout, 'per' | 'pool'> {
  const per = oneOf('per', options.per ?? 'window', RowKind)
  const pool = oneOf('pool', options.pool ?? 'none', Pool)
  const check = (name: keyof LayoutOptions, expected: string, holds: boolean): void => {
    if (holds) return
    throw new DatasetError(
      'invalid-argument',
      `Expected \`${name}\` to be ${expected} of rows per ${per}, got ${JSON.stringify(options[name])}`,
    )
  }
  if (per === 'window') {
    check('pool', 'none', pool === 'none')
    return {}
  }
  check('ids', 'twice', (options.ids ?? 'twice') === 'twice')
  check('layout', 'nested', (options.layout ?? 'nested') === 'nested')
  check('documents', 'none', (options.documents ?? 'none') === 'none')
  check('positionIds', 'left out', options.positionIds !== true)
  check('pieces', 'left out', options.pieces !== true)
  if (pool === 'none') return { per }
  check('embedding', 'full for their mean', options.embedding === 'full')
  check('dtype', 'f32 for their mean', (options.dtype ?? 'f32') === 'f32')
  check('firstBlockDim', 'left out for their mean', options.firstBlockDim === undefined)
  return { per, pool }
}

/** What a layout says of ids that are kept once. */
function idColumns(
  { ids = 'twice', fillId, pieces = false }: LayoutOptions,
  idType: IdType,
  vocabSize: number,
): Pick<DatasetLayout, 'ids' | 'fillId'> {
  const refuse = (message: string): never => {
    throw new DatasetError('invalid-argument', message)
  }
  if (oneOf('ids', ids, IdColumns) === 'twice') {
    if (fillId !== undefined) refuse("Expected `fillId` with `ids: 'once'` only: elsewhere inputs say it")
    return {}
  }
  if (pieces)
    refuse(
      'Expected `ids` to be twice with `pieces`: targets of packed rows are not their inputs shifted by one',
    )
  if (fillId === undefined) return { ids: 'once' }
  if (idType === 'uint16')
    refuse('Expected `idType` to be int32 with `fillId`: the target -100 has no unsigned form')
  if (!Number.isInteger(fillId) || fillId < 0 || fillId >= vocabSize)
    refuse(`Expected \`fillId\` to be in [0, ${vocabSize}), got ${fillId}`)
  return { ids: 'once', fillId }
}

function checkKept({ names, valueBytes }: KeptLayout): KeptLayout {
  if (names.length === 0) throw new DatasetError('invalid-argument', 'Expected columns to keep, got none')
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) {
      const message = `Expected kept columns of different names, got ${JSON.stringify(name)} twice`
      throw new DatasetError('invalid-argument', message)
    }
    if (name !== '' && !reservedColumnNames.includes(name)) continue
    const message = `${JSON.stringify(name)} is the name of a column of its own; keep the values under another name`
    throw new DatasetError('invalid-argument', message)
  }
  return { names: [...names], valueBytes: positiveInteger('valueBytes', valueBytes) }
}

/**
 * Bytes that a value of a kept column is counted with: few are as long as the longest, and a batch of nothing but the longest
 * must still be held.
 */
export function keptValueBytes({ valueBytes }: KeptLayout): number {
  return Math.max(256, Math.ceil(valueBytes / 16))
}

function resolveRowsPerBatch(layout: Omit<DatasetLayout, 'rowsPerBatch'>, asked: number | undefined): number {
  const rowByteLength = rowByteLengthOf(layout)
  const largest = largestRowByteLengthOf(layout)
  const widest = layout.pool === undefined ? Math.max(1, layout.dim, layout.firstBlockDim ?? 0) : 1
  if (largest > largestBatchByteLength || layout.maxLength * widest > largestInt32) {
    throw new DatasetError(
      'invalid-argument',
      `One ${layout.per ?? 'window'} takes ${largest} bytes, more than a record batch may hold (${largestBatchByteLength}); ` +
        "use a smaller `maxLength` or `embedding: 'lazy'`",
    )
  }
  if (asked === undefined) return Math.max(1, Math.floor(defaultBatchByteLength / rowByteLength))
  const rows = positiveInteger('rowsPerBatch', asked)
  if (rows * rowByteLength > largestBatchByteLength) {
    const most = Math.floor(largestBatchByteLength / rowByteLength)
    throw new DatasetError('invalid-argument', `Expected \`rowsPerBatch\` of at most ${most}, got ${rows}`)
  }
  return rows
}

/** Bytes that the largest row may take: of documents, whose rows differ, one of `maxLength` ids. */
export function largestRowByteLengthOf(layout: Omit<DatasetLayout, 'rowsPerBatch'>): number {
  return rowByteLengthOf(layout) + (layout.per === 'document' ? mostTokenBytes(layout) : 0)
}

/**
 * Bytes that one window takes in an Arrow part, without the message headers: what a run prints before it starts. Of a document it
 * is what every row takes, without its ids and vectors.
 *
 * @param least - counts lists, whose rows differ in length, without any elements.
 */
export function rowByteLengthOf(
  layout: Omit<DatasetLayout, 'rowsPerBatch'>,
  { least = false }: { readonly least?: boolean } = {},
): number {
  const kept = layout.kept && layout.kept.names.length * (4 + (least ? 0 : keptValueBytes(layout.kept)))
  if (layout.per === 'document') return documentRowByteLength(layout) + (kept ?? 0)
  const { maxLength, dim, firstBlockDim = 0 } = layout
  const ids = (layout.ids === 'once' ? maxLength + 1 : 2 * maxLength) * (layout.idType === 'uint16' ? 2 : 4)
  const embeds =
    layout.embedding === 'full' ? maxLength * (dim + firstBlockDim) * (layout.dtype === 'f32' ? 4 : 2) : 0
  const provenance = 8 + 4 + 8 + 8
  const positions = layout.positionIds ? 4 * maxLength : 0
  // `cu_seqlens` varies: two entries when a window does not cross a document, up to T + 1, and a 4-byte offset.
  const documents = { none: 0, ids: 4 * maxLength, boundaries: 4 * (least ? 1 : 3) }[layout.documents]
  const document = hasDocumentNumbers(layout) ? 8 : 0
  // Packed rows hold any number of pieces: counted with two, of 36 bytes, and the offsets of six lists.
  const pieces = layout.pieces === true ? 6 * 4 + (least ? 0 : 2 * 36) : 0
  return ids + embeds + provenance + positions + document + documents + pieces + (kept ?? 0)
}

function positiveInteger(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largestInt32) return value
  throw new DatasetError(
    'invalid-argument',
    `Expected \`${name}\` to be a positive integer, got \`${String(value)}\` (${typeof value})`,
  )
}

function oneOf<T extends string>(name: string, value: T, allowed: Readonly<Record<string, T>>): T {
  if (Object.values(allowed).includes(value)) return value
  const names = Object.values(allowed).join(', ')
  throw new DatasetError('invalid-argument', `Expected \`${name}\` to be one of ${names}, got \`${value}\``)
}
