import { encodeFloat16 } from '@sluice/torch-random'
import type { DatasetStorage } from '@sluice/dataset'
import { createEmbedder, embeddingFileNames, type SharedTables } from '@sluice/embedding'
import type { Plan } from '../plan/plan.ts'
import type { RunProvider } from '../plan/run-provider.ts'
import { openLocalTables } from '../tables/local-tables.ts'
import { wideIds } from './part-buffers.ts'
import type { RowVectors } from './row-vectors.ts'
import { storedAs } from './stored-as.ts'

/** Opens the vectors of drawn tables: rows of the token and the position table, added in float32. */
export async function openTableVectors(
  { config, layout, tables: given }: Plan,
  storage: DatasetStorage,
  { provider, shared }: { readonly provider: RunProvider; readonly shared?: SharedTables | undefined },
): Promise<RowVectors> {
  const tables = await openLocalTables(storage, [embeddingFileNames.tables, embeddingFileNames.graph])
  const embedder = await createEmbedder({ directory: tables.directory, provider, ...(shared && { shared }) })
  const { maxLength, positions } = config
  const noPositions = new Int32Array(0)
  // Tables that are drawn have no value that float16 lacks.
  const isChecked = given !== undefined || config.scale !== 1
  return {
    provider: embedder.provider,
    async make(rows, buffers, signal) {
      const { positionIds, inputsEmbeds, halfEmbeds } = buffers
      const size = rows * maxLength
      const ids = wideIds(buffers, size)
      const rowPositions = positions === 'restart' ? positionIds.subarray(0, size) : positionIds
      const added = embedder.numPositions === 0 ? noPositions : rowPositions
      const half = halfEmbeds.subarray(0, size * layout.dim)
      if (layout.dtype === 'bf16') {
        await embedder.embedBfloat16(ids, added, half, { signal })
        return { inputsEmbeds: half }
      }
      const full = inputsEmbeds.subarray(0, size * layout.dim)
      await embedder.embed(ids, added, full, { signal })
      if (layout.dtype === 'f32') return { inputsEmbeds: full }
      if (isChecked) return { inputsEmbeds: storedAs(layout.dtype, full, halfEmbeds) }
      encodeFloat16(full, half)
      return { inputsEmbeds: half }
    },
    async close() {
      await embedder.close()
      await tables.close()
    },
  }
}
