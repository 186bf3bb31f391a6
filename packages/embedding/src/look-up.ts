import { EmbeddingError } from './errors.ts'
import { checkIds } from './lookup/check-ids.ts'
import type { EmbeddingTable } from './table.ts'

/**
 * The rows of `ids`, one after the other: `nn.Embedding.forward`, on this thread and straight from the table. It serves training
 * loops and small jobs; `createEmbedder` is for large ones.
 *
 * @param output - `[ids.length * embeddingDim]`; made when left out.
 * @throws EmbeddingError `ID_OUT_OF_RANGE` or `SHAPE_MISMATCH`.
 */
export function lookUp(
  table: EmbeddingTable,
  ids: Int32Array,
  output: Float32Array = new Float32Array(ids.length * table.embeddingDim),
): Float32Array {
  const { weight, embeddingDim, numEmbeddings } = table
  if (output.length !== ids.length * embeddingDim) {
    throw new EmbeddingError(
      'SHAPE_MISMATCH',
      `Expected \`output\` to hold ${ids.length} x ${embeddingDim} values, got ${output.length}`,
    )
  }
  checkIds(ids, numEmbeddings, 'ids')
  for (let i = 0; i < ids.length; i++) {
    const row = ids[i]! * embeddingDim
    output.set(weight.subarray(row, row + embeddingDim), i * embeddingDim)
  }
  return output
}
