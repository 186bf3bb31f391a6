import type { Plan } from '../plan/plan.ts'
import { createIdSums, type Ids } from '../tokens/id-sums.ts'
import { TokenPlaces } from '../tokens/token-places.ts'
import { PieceList } from '../windows/piece.ts'
import { PackedRows } from './packed-rows.ts'

/** The memory of one thread that makes parts, used again for every record batch. */
export interface PartBuffers {
  /** Consecutive ids of the stream that some of a batch's windows are cut from, and where they are from. */
  readonly places: TokenPlaces
  /** What the rows are made of. */
  readonly pieces: PieceList
  /** Collects where the pieces of packed rows are from; undefined where rows are not packed. */
  readonly packedRows: PackedRows | undefined
  /** `[rowsPerBatch]`: the rows in the order of their windows, and those windows. */
  readonly wantedRows: Int32Array
  readonly wantedWindows: Float64Array
  /** `[rowsPerBatch, maxLength]` */
  readonly inputIds: Ids
  readonly targetIds: Ids
  /** `[rowsPerBatch, maxLength, dim]`, empty where rows hold no embeddings. */
  readonly inputsEmbeds: Float32Array
  /** The embeddings rounded to half precision, as bits; empty where rows hold float32. */
  readonly halfEmbeds: Uint16Array
  /** `[maxLength]`: 0, 1, 2, …; or `[rowsPerBatch, maxLength]` where positions restart. */
  readonly positionIds: Int32Array
  /** `[rowsPerBatch, maxLength]`: 1 where a document begins in a row; empty where nobody asks. */
  readonly begins: Uint8Array
  /** `[rowsPerBatch, maxLength]`, empty where rows hold no document ids. */
  readonly documentIds: Int32Array
  /** Boundaries: `[rowsPerBatch + 1]` offsets and up to `rowsPerBatch · (maxLength + 1)` values. */
  readonly seqlenOffsets: Int32Array
  readonly seqlens: Int32Array
  /** `[rowsPerBatch]`: ids of each row before its filling. */
  readonly filled: Int32Array
  /** `[rowsPerBatch]` */
  readonly document: Float64Array
  readonly window: Float64Array
  readonly source: Int32Array
  readonly byteStart: Float64Array
  readonly byteEnd: Float64Array
}

/** Ids of the stream that are read and placed at a time: what is known of each should stay in the processor's cache. */
const idsAtATime = 1 << 15

/**
 * @param windows of the whole run: a small one needs no room for whole batches
 * @param tokenByteLengths bytes of each id's text
 */
export function allocatePartBuffers(
  { config, layout }: Plan,
  windows: number,
  tokenByteLengths: Uint16Array,
): PartBuffers {
  const rows = Math.min(layout.rowsPerBatch, windows)
  const { maxLength, stride, documents, positions } = config
  const size = rows * maxLength
  const all = (rows - 1) * Math.min(stride, maxLength) + maxLength + 1
  const range = Math.min(all, Math.max(idsAtATime, maxLength + 1))
  const restart = positions === 'restart'
  // Targets that are filled up have no narrow form.
  const isNarrow = layout.idType === 'uint16' && layout.embedding !== 'full' && config.tail !== 'pad'
  const idsOf = (length: number): Ids => (isNarrow ? new Uint16Array(length) : new Int32Array(length))
  const embedsLength = layout.embedding === 'full' ? size * layout.dim : 0
  return {
    places: new TokenPlaces(createIdSums({ count: range, isNarrow, tokenByteLengths })),
    pieces: new PieceList(),
    packedRows: layout.pieces === true ? new PackedRows(maxLength) : undefined,
    wantedRows: new Int32Array(rows),
    wantedWindows: new Float64Array(rows),
    inputIds: idsOf(size),
    targetIds: idsOf(size),
    inputsEmbeds: new Float32Array(embedsLength),
    halfEmbeds: new Uint16Array(layout.dtype === 'f32' ? 0 : embedsLength),
    positionIds: restart
      ? new Int32Array(size)
      : Int32Array.from({ length: maxLength }, (_, position) => position),
    begins: new Uint8Array(restart || documents !== 'none' ? size : 0),
    documentIds: new Int32Array(documents === 'ids' ? size : 0),
    seqlenOffsets: new Int32Array(documents === 'boundaries' ? rows + 1 : 0),
    seqlens: new Int32Array(documents === 'boundaries' ? rows * (maxLength + 1) : 0),
    filled: new Int32Array(rows),
    document: new Float64Array(rows),
    window: new Float64Array(rows),
    source: new Int32Array(rows),
    byteStart: new Float64Array(rows),
    byteEnd: new Float64Array(rows),
  }
}

/**
 * The first ids of rows that hold vectors.
 *
 * @throws Error where they are narrow: rows without vectors
 */
export function wideIds({ inputIds }: PartBuffers, count: number): Int32Array {
  if (!(inputIds instanceof Int32Array)) throw new Error('Expected int32 ids for vectors, got uint16')
  return inputIds.subarray(0, count)
}
