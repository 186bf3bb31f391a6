import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import type { Dataset } from '@sluice/dataset'
import type { RowEmbedder } from './model-embedder.ts'

/**
 * An embedder over tables that the dataset's own reader adds up, as no graph is over them: pruned ones, and those of a checkpoint that the
 * dataset refers to.
 *
 * @returns undefined for a dataset that holds whole tables
 * @throws DatasetError `mismatch` where they are not those of the dataset, `invalid-argument` where no checkpoint was named
 */
export async function openDatasetEmbedder(dataset: Dataset): Promise<RowEmbedder | undefined> {
  const { identities, layout } = dataset.manifest
  if (identities.tables.every(({ keptIds, checkpoint }) => (keptIds ?? checkpoint) === undefined))
    return undefined
  // Opens and proves them now, before threads rely on it.
  await dataset.embedIds(new Int32Array(0), new Int32Array(0))
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
