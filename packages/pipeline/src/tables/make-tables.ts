import { join } from 'node:path'
import {
  readJson,
  publishJson,
  storageError,
  type DatasetStorage,
  type ManifestHeader,
} from '@sluice/dataset'
import { drawEmbeddingFiles, embeddingFileNames, type DrawnTable } from '@sluice/embedding'
import { Generator } from '@sluice/torch-random'
import * as z from 'zod'
import { runNames } from '../folder/names.ts'
import type { Plan } from '../plan/plan.ts'

/** Who the tables of a run are. */
export type TableIdentities = Pick<ManifestHeader['identities'], 'tables' | 'graph'>

interface TablesReceipt {
  readonly version: 1
  readonly planId: string
  readonly identities: TableIdentities
}

const receiptName = `${runNames.tables}/tables.json`

const receiptSchema = z.object({ version: z.literal(1), planId: z.hex(), identities: z.looseObject({}) })

/** The identities of tables that are already made, if they are. */
export async function findTables(
  storage: DatasetStorage,
  planId: string,
): Promise<TableIdentities | undefined> {
  if ((await storage.stat(receiptName)) === undefined) return undefined
  const receipt = (await readJson(storage, receiptName)) as TablesReceipt
  if (!receiptSchema.safeParse(receipt).success || receipt.planId !== planId) return undefined
  const files = [
    `${runNames.tables}/${embeddingFileNames.tables}`,
    `${runNames.tables}/${embeddingFileNames.graph}`,
  ]
  const present = await Promise.all(files.map((file) => storage.stat(file)))
  return present.includes(undefined) ? undefined : receipt.identities
}

/** What {@link makeTables} is given. */
export interface TablesContext {
  readonly storage: DatasetStorage
  /** The run's folder, as a path: ONNX Runtime maps the tables from there. */
  readonly path: string
  readonly plan: Plan
  readonly planId: string
}

/**
 * Draws the tables as the book's chapter does (`torch.manual_seed`, the token table, then the position table) and saves
 * them with their ONNX graph in `tables/`.
 */
export async function makeTables({ storage, path, plan, planId }: TablesContext): Promise<TableIdentities> {
  const done = await findTables(storage, planId)
  if (done !== undefined) return done
  const { dim, contextLength, seed } = plan.config
  const directory = join(path, runNames.tables)
  const { graph, drawn } = await drawEmbeddingFiles(directory, {
    numEmbeddings: plan.tokenizer.vocabSize,
    numPositions: contextLength,
    embeddingDim: dim,
    generator: new Generator(BigInt(seed)),
  }).catch((error: unknown) => {
    throw error instanceof Error && 'errno' in error
      ? storageError(error, 'write the tables in', directory)
      : error
  })
  const identities: TableIdentities = {
    tables: drawn.map(identify),
    graph: { file: `${runNames.tables}/${embeddingFileNames.graph}`, sha256: graph.sha256 },
  }
  await publishJson(storage, receiptName, { version: 1, planId, identities } satisfies TablesReceipt)
  return identities
}

function identify({ name, shape, sha256 }: DrawnTable): TableIdentities['tables'][number] {
  return { name, shape, dtype: 'f32', sha256, file: `${runNames.tables}/${embeddingFileNames.tables}` }
}
