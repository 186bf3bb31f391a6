import type { TextValues } from './text-values.ts'

/** Whole numbers below 2^53 (`Float64Array`) or any int64. */
export type Int64Values = Float64Array | BigInt64Array

/** The target that no loss counts: `ignore_index` of PyTorch's `cross_entropy`. */
export const ignoredTarget = -100

/**
 * Consecutive windows as flat typed arrays, row-major; T is the layout's `maxLength` and D its `dim`.
 * The arrays are only read during `append`, so the caller may reuse them.
 */
export interface PartBatch {
  /** Number of windows, n. */
  readonly rows: number
  /** n·T ids. */
  readonly inputIds: Int32Array | Uint16Array
  /** n·T ids: the inputs shifted by one. −100 (int32 ids only) where there is nothing to predict: {@link ignoredTarget}. */
  readonly targetIds: Int32Array | Uint16Array
  /** n·T·D elements where the layout's `embedding` is `full`: `Float32Array` for f32, bits for f16 and bf16. */
  readonly inputsEmbeds?: Float32Array | Uint16Array
  /** n·T·`firstBlockDim` elements where the layout has `first_block`, of the same type. */
  readonly firstBlock?: Float32Array | Uint16Array
  /** n·T positions where the layout has `positionIds`. */
  readonly positionIds?: Int32Array
  /** n·T document numbers counted from 0 in each window, where the layout's `documents` is `ids`. */
  readonly documentIds?: Int32Array
  /** Document boundaries where the layout's `documents` is `boundaries`. */
  readonly cuSeqlens?: CuSeqlens
  /** What each row is packed from, where the layout has `pieces`. */
  readonly pieces?: PieceLists
  /** n texts for each kept column, where the layout has any: of the document of each window's first token. */
  readonly kept?: readonly TextValues[]
  /** n numbers of the document of each window's first token, where the layout has document or kept columns. */
  readonly document?: Int64Values
  /** n numbers of windows in the corpus. @default they count on from the part's first row */
  readonly window?: Int64Values
  /** n indices into the manifest's `sources`: where each window's first token comes from. */
  readonly source: Int32Array
  /** n byte offsets in that source: the start of the first token, and the end of the window's last token in it. */
  readonly byteStart: Int64Values
  readonly byteEnd: Int64Values
}

/**
 * The pieces of n packed rows, one array for each of their properties: those of row i are elements `offsets[i]` to
 * `offsets[i + 1]`. Where the layout has document columns, piece p of a row is its document p. What fills a row up is a
 * piece of document −1 and source −1.
 */
export interface PieceLists {
  /** n + 1 offsets, from 0. */
  readonly offsets: Int32Array
  /** Ids of each piece; those of a row add up to T. */
  readonly lengths: Int32Array
  /** The corpus' number of the piece's document. */
  readonly documents: Int64Values
  /** Index of the piece's first id in its document. */
  readonly firstTokens: Int64Values
  /** Index into the manifest's `sources`. */
  readonly sources: Int32Array
  /** Where in the source the text of the piece is. */
  readonly byteStarts: Int64Values
  readonly byteEnds: Int64Values
}

/** The boundaries of n windows: those of window i are `values[offsets[i]]` to `values[offsets[i + 1]]`, from 0 to T. */
export interface CuSeqlens {
  /** n + 1 offsets into `values`, from 0. */
  readonly offsets: Int32Array
  readonly values: Int32Array
}
