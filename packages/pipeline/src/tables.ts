import { join } from 'node:path'
import { storageError, type ManifestHeader } from '@sluice/dataset'
import { createEmbeddingTable, embeddingFileNames, tableSha256, writeEmbeddingFiles } from '@sluice/embedding'
import { Generator } from '@sluice/torch-random'
import { runNames } from './folder.ts'
import type { Plan } from './plan.ts'

/** The tables of a run, on disk. */
export interface RunTables {
  readonly identities: Pick<ManifestHeader['identities'], 'tables' | 'graph'>
  /** The folder of `tables.safetensors` and `embedding.onnx`. */
  readonly directory: string
}

/**
 * Draws the tables as the book's chapter does (`torch.manual_seed`, the token table, then the position table) and saves
 * them with their ONNX graph.
 */
export async function makeTables(plan: Plan, folder: string): Promise<RunTables> {
  const { dim, contextLength, seed } = plan.config
  const generator = new Generator(seed)
  const tokenTable = createEmbeddingTable({
    numEmbeddings: plan.tokenizer.vocabSize,
    embeddingDim: dim,
    generator,
  })
  const positionTable = createEmbeddingTable({ numEmbeddings: contextLength, embeddingDim: dim, generator })
  const directory = join(folder, runNames.tables)
  const { graph } = await writeEmbeddingFiles(directory, { tokenTable, positionTable }).catch(
    (error: unknown) => {
      throw error instanceof Error && 'errno' in error
        ? storageError(error, 'write the tables in', directory)
        : error
    },
  )
  const file = `${runNames.tables}/${embeddingFileNames.tables}`
  return {
    directory,
    identities: {
      tables: [
        {
          name: embeddingFileNames.token,
          shape: [tokenTable.numEmbeddings, dim],
          dtype: 'f32',
          sha256: tableSha256(tokenTable),
          file,
        },
        {
          name: embeddingFileNames.position,
          shape: [positionTable.numEmbeddings, dim],
          dtype: 'f32',
          sha256: tableSha256(positionTable),
          file,
        },
      ],
      graph: { file: `${runNames.tables}/${embeddingFileNames.graph}`, sha256: graph.sha256 },
    },
  }
}
