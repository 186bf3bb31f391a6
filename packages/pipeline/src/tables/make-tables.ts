import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { readJson, publishJson, type DatasetStorage, type ManifestHeader } from '@sluice/dataset'
import { drawEmbeddingFiles, embeddingFileNames, type DrawnTable, type WrittenFile } from '@sluice/embedding'
import { Generator } from '@sluice/torch-random'
import * as z from 'zod'
import { checkFreeSpace } from '../estimate/free-space.ts'
import { tableByteLength } from '../estimate/run-size.ts'
import { runNames } from '../folder/names.ts'
import { makeModelTables } from './make-model-tables.ts'
import type { RunScope } from '../sources/run-scope.ts'

/** Identities of a run's tables. */
export type TableIdentities = Pick<ManifestHeader['identities'], 'tables' | 'graph' | 'model'>

interface TablesReceipt {
  readonly version: 1
  readonly planId: string
  readonly identities: TableIdentities
}

const receiptName = `${runNames.tables}/tables.json`

const receiptSchema = z.object({
  version: z.literal(1),
  planId: z.hex(),
  identities: z.looseObject({
    tables: z.array(z.looseObject({ file: z.string() })),
    graph: z.looseObject({ file: z.string() }),
    model: z.looseObject({ config: z.looseObject({ file: z.string() }) }).optional(),
  }),
})

/** The identities of tables that are already made, if they are. */
export async function findTables(
  storage: DatasetStorage,
  planId: string,
): Promise<TableIdentities | undefined> {
  if ((await storage.stat(receiptName)) === undefined) return undefined
  const receipt = (await readJson(storage, receiptName)) as TablesReceipt
  if (!receiptSchema.safeParse(receipt).success || receipt.planId !== planId) return undefined
  const { tables, graph, model } = receipt.identities
  const files = [...tables, graph, model?.config].flatMap((named) => named?.file ?? [])
  const present = await Promise.all(files.map((file) => storage.stat(file)))
  return present.includes(undefined) ? undefined : receipt.identities
}

/**
 * Makes the tables and their ONNX graph in `tables/`: draws them as the book's chapter does (`torch.manual_seed`, the token table,
 * then the position table), or proves that the copy of the model is the plan's.
 */
export async function makeTables({ storage, plan, planId }: RunScope): Promise<TableIdentities> {
  const done = await findTables(storage, planId)
  if (done !== undefined) return done
  const { dim, contextLength, seed } = plan.config
  const { vocabSize } = plan.tokenizer
  if (plan.model !== undefined) {
    const ofModel = await makeModelTables(storage, plan.model)
    await publishJson(storage, receiptName, {
      version: 1,
      planId,
      identities: ofModel,
    } satisfies TablesReceipt)
    return ofModel
  }
  await checkFreeSpace(storage, { byteLength: tableByteLength(vocabSize, plan.config), exact: true })
  const { graph, drawn } = await drawEmbeddingFiles((name, chunks) => publishTable(storage, name, chunks), {
    numEmbeddings: vocabSize,
    numPositions: contextLength,
    embeddingDim: dim,
    generator: new Generator(BigInt(seed)),
  })
  const identities: TableIdentities = {
    tables: drawn.map(identify),
    graph: { file: `${runNames.tables}/${embeddingFileNames.graph}`, sha256: graph.sha256 },
  }
  await publishJson(storage, receiptName, { version: 1, planId, identities } satisfies TablesReceipt)
  return identities
}

async function publishTable(
  storage: DatasetStorage,
  name: string,
  chunks: Iterable<Uint8Array>,
): Promise<WrittenFile> {
  const path = `${runNames.tables}/${name}`
  const staged = await storage.stage(path)
  try {
    const hash = createHash('sha256')
    for (const chunk of chunks) {
      hash.update(chunk)
      await staged.write([chunk])
      // Drawing is all computation: between two pieces, the thread's events have their turn.
      await setImmediate()
    }
    const { byteLength } = staged
    await staged.publish(path)
    return { name, byteLength, sha256: hash.digest('hex') }
  } finally {
    await staged.discard()
  }
}

function identify({ name, shape, sha256 }: DrawnTable): TableIdentities['tables'][number] {
  return { name, shape, dtype: 'f32', sha256, file: `${runNames.tables}/${embeddingFileNames.tables}` }
}
