import { EmbeddingError } from './errors.ts'
import { checkIds } from './lookup/check-ids.ts'
import { limitNorms, type MaxNormOptions } from './max-norm.ts'
import type { EmbeddingTable } from './table.ts'

/** How rows are looked up. */
export interface LookUpOptions extends Partial<MaxNormOptions> {
  /** Where the rows go: `[ids.length * embeddingDim]`; made when left out. */
  readonly output?: Float32Array
}

/**
 * The rows of `ids`, one after the other: `nn.Embedding.forward`, on this thread and straight from the table. It serves training
 * loops and small jobs; `createEmbedder` is for large ones.
 *
 * With `maxNorm`, the rows that occur are first shortened to it in the table itself, as by {@link limitNorms}.
 *
 * @returns `output`.
 * @throws EmbeddingError `id-out-of-range`, `shape-mismatch` or `invalid-argument`.
 */
export function lookUp(table: EmbeddingTable, ids: Int32Array, options: LookUpOptions = {}): Float32Array {
  const { output = new Float32Array(ids.length * table.embeddingDim), maxNorm, normType = 2 } = options
  const { weight, embeddingDim, numEmbeddings } = table
  if (output.length !== ids.length * embeddingDim) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected \`output\` to hold ${ids.length} x ${embeddingDim} values, got ${output.length}`,
    )
  }
  checkIds(ids, numEmbeddings, 'ids')
  if (maxNorm !== undefined) limitNorms(table, ids, { maxNorm, normType })
  for (let i = 0; i < ids.length; i++) {
    const row = ids[i]! * embeddingDim
    output.set(weight.subarray(row, row + embeddingDim), i * embeddingDim)
  }
  return output
}
