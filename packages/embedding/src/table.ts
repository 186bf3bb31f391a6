import { createHash } from 'node:crypto'
import { roundValues, type TableDtype } from './dtype.ts'
import { EmbeddingError } from './errors.ts'

/** A table of embeddings: row `i` is the vector of id `i`. */
export interface EmbeddingTable {
  /** Rows. */
  readonly numEmbeddings: number
  /** Columns: the length of one vector. */
  readonly embeddingDim: number
  /** Row-major `[numEmbeddings, embeddingDim]`, float32. Training changes it in place. */
  readonly weight: Float32Array
  /** The row that stands for padding: zero at the start, and never given a gradient. */
  readonly paddingIdx: number | undefined
  /** How it is stored in a file; the weights are values of this format. */
  readonly dtype: TableDtype
}

/** The parts of a table that has its weights already. */
export interface TableFromWeight {
  readonly embeddingDim: number
  /** Taken over, not copied. */
  readonly weight: Float32Array
  /** Negative counts from the end. */
  readonly paddingIdx?: number | undefined
}

/**
 * A float32 table around given weights (`nn.Embedding.from_pretrained`): nothing is drawn and no row is set to zero.
 *
 * @throws EmbeddingError `shape-mismatch` when the weights are no whole number of rows, `invalid-argument` for a
 * `paddingIdx` outside the rows.
 */
export function tableFromWeight({ embeddingDim, weight, paddingIdx }: TableFromWeight): EmbeddingTable {
  checkCount('embeddingDim', embeddingDim, 1)
  if (weight.length % embeddingDim !== 0) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected whole rows of ${embeddingDim} values, got ${weight.length} values`,
    )
  }
  const numEmbeddings = weight.length / embeddingDim
  return {
    numEmbeddings,
    embeddingDim,
    weight,
    paddingIdx: resolvePaddingIdx(paddingIdx, numEmbeddings),
    dtype: 'f32',
  }
}

/** A copy of a table with its weights rounded to `dtype`, to nearest even. */
export function castTable(table: EmbeddingTable, dtype: TableDtype): EmbeddingTable {
  const weight = table.weight.slice()
  roundValues(weight, dtype)
  return { ...table, weight, dtype }
}

/** The identity of a table: the sha256 of its weights as little-endian float32 bytes. */
export function tableSha256(table: EmbeddingTable): string {
  return createHash('sha256').update(bytesOf(table.weight)).digest('hex')
}

/** The bytes under a typed array, without a copy. All platforms that Node runs on are little-endian. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** @throws EmbeddingError `invalid-argument` unless `value` is a whole number from `lowest` up. */
export function checkCount(name: string, value: number, lowest: number): void {
  if (!Number.isSafeInteger(value) || value < lowest) {
    throw new EmbeddingError(
      'invalid-argument',
      `Expected \`${name}\` to be a whole number from ${lowest} up, got \`${value}\` (${typeof value})`,
    )
  }
}

/** A padding row as a row number: negative counts from the end, as in PyTorch. */
export function resolvePaddingIdx(paddingIdx: number | undefined, numEmbeddings: number): number | undefined {
  if (paddingIdx === undefined) return undefined
  const row = paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx
  if (!Number.isInteger(row) || row < 0 || row >= numEmbeddings) {
    throw new EmbeddingError(
      'invalid-argument',
      `Expected \`paddingIdx\` within the ${numEmbeddings} rows, got \`${paddingIdx}\``,
    )
  }
  return row
}
