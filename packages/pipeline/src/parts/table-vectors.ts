import { encodeFloat16 } from '@sluice/torch-random'
import type { DatasetStorage } from '@sluice/dataset'
import { createEmbedder, embeddingFileNames, type SharedTables } from '@sluice/embedding'
import type { Plan } from '../plan/plan.ts'
import type { RunProvider } from '../plan/run-provider.ts'
import { openLocalTables } from '../tables/local-tables.ts'
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
  const noPositions = new Int32Array(0)
  // Tables that are drawn have no value that float16 lacks.
  const isChecked = given !== undefined || config.scale !== 1
  return {
    provider: embedder.provider,
    async make({ ids, positions, memory }, signal) {
      const size = ids.length * layout.dim
      const added = embedder.numPositions === 0 ? noPositions : positions
      if (layout.dtype === 'bf16') {
        const half = memory.halves(size)
        await embedder.embedBfloat16(ids, added, half, { signal })
        return { inputsEmbeds: half }
      }
      const full = memory.floats(size)
      await embedder.embed(ids, added, full, { signal })
      if (layout.dtype === 'f32') return { inputsEmbeds: full }
      const half = memory.halves(size)
      if (isChecked) return { inputsEmbeds: storedAs(layout.dtype, full, half) }
      encodeFloat16(full, half)
      return { inputsEmbeds: half }
    },
    async close() {
      await embedder.close()
      await tables.close()
    },
  }
}
