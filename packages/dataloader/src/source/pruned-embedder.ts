import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import type { Dataset } from '@sluice/dataset'
import type { RowEmbedder } from './model-embedder.ts'

/**
 * An embedder over the pruned tables of a dataset, which the dataset's own reader adds up: no graph is over them.
 *
 * @returns undefined for a dataset whose tables are whole
 */
export function openPrunedEmbedder(dataset: Dataset): RowEmbedder | undefined {
  const { identities, layout } = dataset.manifest
  if (identities.tables.every(({ keptIds }) => keptIds === undefined)) return undefined
  const positions =
    identities.model === undefined && identities.tables.find(({ name }) => name === 'wpe.weight')
  return {
    embeddingDim: layout.dim,
    numPositions: positions ? positions.shape[0] : 0,
    async embed(ids, positionIds, output, { signal } = {}) {
      signal?.throwIfAborted()
      // Those of one window stand for those of each.
      const places = Int32Array.from(ids, (_, at) => positionIds[at % positionIds.length] ?? 0)
      const vectors = await dataset.embedIds(ids, places)
      if (vectors instanceof Float32Array) output.set(vectors)
      else (layout.dtype === 'f16' ? decodeFloat16 : decodeBfloat16)(vectors, output)
    },
    async close() {},
  }
}
