import { setImmediate } from 'node:timers/promises'
import {
  publishJson,
  readJson,
  tablesReceiptName,
  type DatasetStorage,
  type ManifestHeader,
} from '@sluice/dataset'
import {
  createPositionEncoding,
  embeddingFileNames,
  hashTensor,
  positionFileName,
  scaledPieces,
  sinusoidalTable,
  tablePieces,
  writePositionFile,
  writeTableFiles,
  type AttentionPositions,
  type DrawnTable,
  type WriteFile,
} from '@sluice/embedding'
import { Generator, normalPieces } from '@sluice/torch-random'
import * as z from 'zod'
import { checkFreeSpace } from '../estimate/free-space.ts'
import { RunError } from '../errors.ts'
import { tableBytesOf } from '../estimate/run-size.ts'
import { runNames } from '../folder/names.ts'
import { makeModelTables, referToModel, type ModelTableIdentities } from './make-model-tables.ts'
import type { RunModel } from '../model/run-model.ts'
import type { RunTables } from '../model/run-tables.ts'
import { isReferenced } from '../plan/planned-model.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { relativePositions } from '../plan/relative-positions.ts'
import type { RunScope } from '../sources/run-scope.ts'

/** Identities of a run's tables. */
export type TableIdentities = Pick<ManifestHeader['identities'], 'tables' | 'graph' | 'model' | 'positions'>

interface TablesReceipt {
  readonly version: 1
  readonly planId: string
  readonly identities: TableIdentities
}

const receiptName = tablesReceiptName

const receiptSchema = z.object({
  version: z.literal(1),
  planId: z.hex(),
  identities: z.looseObject({
    tables: z.array(z.looseObject({ file: z.string() })),
    graph: z.looseObject({ file: z.string() }).nullable(),
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
  const own = tables.filter(({ checkpoint }) => checkpoint === undefined)
  const files = [...own, graph, model?.config].flatMap((named) => named?.file ?? [])
  const present = await Promise.all(files.map((file) => storage.stat(file)))
  return present.includes(undefined) ? undefined : receipt.identities
}

/**
 * Makes the tables and their ONNX graph in `tables/`: draws them as the book's chapter does (`torch.manual_seed`, the token table,
 * then the position table), or proves that the copy of the model is the plan's.
 *
 * @throws RunError `broken-state` where tables that the run was given are not there: whoever planned it copies them
 */
export async function makeTables({ storage, plan, planId }: RunScope): Promise<TableIdentities> {
  const done = await findTables(storage, planId)
  if (done !== undefined) return done
  const isGiven = plan.tables !== undefined || (plan.model !== undefined && isReferenced(plan.model))
  if (plan.model !== undefined && !isGiven) {
    const made = await makeModelTables(storage, plan.model, plan.config.maxLength)
    return publishModelTables(storage, planId, made)
  }
  if (isGiven) {
    throw new RunError(
      'broken-state',
      `The tables of the run are missing in ${storage.location}; start it again where they are`,
    )
  }
  await checkFreeSpace(storage, { byteLength: tableBytesOf(plan), exact: true })
  const generator = new Generator(BigInt(plan.config.seed))
  const draw: DrawTable = (rows, dim) => normalPieces(rows * dim, { generator })
  return writeTables(storage, { plan, planId }, { rows: plan.tokenizer.vocabSize, draw, generator })
}

async function publishModelTables(
  storage: DatasetStorage,
  planId: string,
  { asked, ...made }: ModelTableIdentities,
): Promise<TableIdentities> {
  const write: WriteTable = (name, chunks) => publishTable(storage, name, chunks)
  const positions = asked && (await writePositions(write, asked))
  return publishReceipt(storage, planId, withPositions(made, positions))
}

/** Says what a run's dataset refers to in the checkpoint, and makes the tables of positions that it has besides. */
export async function publishReferences(
  storage: DatasetStorage,
  { plan, planId }: PlannedRun,
  model: RunModel | undefined,
): Promise<void> {
  if (model === undefined || !isReferenced(model.identity)) return
  if ((await findTables(storage, planId)) !== undefined) return
  const made = await referToModel(model.directory, model.identity, plan.config.maxLength)
  await publishModelTables(storage, planId, made)
}

/**
 * Copies tables that a run was given into its folder, as float32, with the graph that looks them up.
 *
 * @throws RunError `corpus-changed` where the file is not what it was when it was planned
 */
export async function publishTables(
  storage: DatasetStorage,
  run: PlannedRun,
  tables: RunTables | undefined,
): Promise<void> {
  if (tables === undefined || (await findTables(storage, run.planId)) !== undefined) return
  const { identity, token, position } = tables
  for (const [tensor, planned] of [
    [token, identity.token],
    [position, identity.position],
  ] as const) {
    if (tensor === undefined || (await hashTensor(tensor)) === planned?.sha256) continue
    throw new RunError(
      'corpus-changed',
      `${tensor.path}: ${tensor.name} changed since it was planned; run again`,
    )
  }
  const left = [token, ...(position === undefined ? [] : [position])]
  // The token table is asked for first.
  const draw: DrawTable = () => tablePieces(left.shift()!)
  // Nothing is drawn beside tables that were given.
  await writeTables(storage, run, { rows: identity.token.shape[0]!, draw, generator: new Generator(0n) })
}

/** The values of the next table, in the order token, position. */
type DrawTable = (rows: number, dim: number) => Iterable<Float32Array>

async function writeTables(
  storage: DatasetStorage,
  { plan, planId }: PlannedRun,
  {
    rows,
    draw,
    generator,
  }: { readonly rows: number; readonly draw: DrawTable; readonly generator: Generator },
): Promise<TableIdentities> {
  const { dim, contextLength, positionEncoding, scale } = plan.config
  const write: WriteTable = (name, chunks) => publishTable(storage, name, chunks)
  const token = draw(rows, dim)
  const position =
    positionEncoding === 'learned'
      ? draw(contextLength, dim)
      : positionEncoding === 'sinusoidal'
        ? [sinusoidalTable({ contextLength, embeddingDim: dim }).weight]
        : undefined
  const { graphSha256, drawn } = await writeTableFiles(write, {
    embeddingDim: dim,
    token: { rows, pieces: scale === 1 ? token : scaledPieces(token, scale) },
    position: position && { rows: contextLength, pieces: position },
  })
  // Learned ones are drawn after the token table.
  const relative = await writeRelativePositions(write, plan, generator)
  const made = {
    tables: drawn.map(identify),
    graph: { file: `${runNames.tables}/${embeddingFileNames.graph}`, sha256: graphSha256 },
  }
  return publishReceipt(storage, planId, withPositions(made, relative))
}

/** Tables of positions inside attention, and what is done with them. */
type PositionTables = Required<Pick<TableIdentities, 'tables' | 'positions'>>

function withPositions(made: TableIdentities, positions: PositionTables | undefined): TableIdentities {
  if (positions === undefined) return made
  return { ...made, tables: [...made.tables, ...positions.tables], positions: positions.positions }
}

/** The positions inside attention that a plan asks for; undefined where it asks for none. */
async function writeRelativePositions(
  write: WriteTable,
  { config }: PlannedRun['plan'],
  generator: Generator,
): Promise<PositionTables | undefined> {
  const asked = relativePositions(config)
  if (asked === undefined) return undefined
  const { tensors, definition } = createPositionEncoding(asked, { embeddingDim: config.dim, generator })
  const { kind, ...sizes } = asked
  return writePositions(write, { ...definition, kind, sizes, tensors })
}

async function writePositions(
  write: WriteTable,
  {
    kind,
    sizes,
    tensors,
    stored = [],
    formula,
    source,
  }: Pick<AttentionPositions, 'tensors' | 'formula' | 'source'> &
    Partial<Pick<AttentionPositions, 'stored'>> &
    Pick<NonNullable<TableIdentities['positions']>, 'kind' | 'sizes'>,
): Promise<PositionTables> {
  if (tensors.length === 0) return { tables: [], positions: { kind, sizes, tables: stored, formula, source } }
  const { tables } = await writePositionFile(write, { tensors })
  return {
    tables: tables.map(({ name, shape, sha256 }) => ({
      ...{ name, sha256, dtype: 'f32', file: `${runNames.tables}/${positionFileName}` },
      shape: shape as readonly [number, number],
    })),
    positions: { kind, sizes, tables: [...stored, ...tables.map(({ name }) => name)], formula, source },
  }
}

async function publishReceipt(
  storage: DatasetStorage,
  planId: string,
  identities: TableIdentities,
): Promise<TableIdentities> {
  await publishJson(storage, receiptName, { version: 1, planId, identities } satisfies TablesReceipt)
  return identities
}

/** Tables are hashed one by one as they are made, and no file of them as a whole. */
type WriteTable = WriteFile<void>

async function publishTable(
  storage: DatasetStorage,
  name: string,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  const path = `${runNames.tables}/${name}`
  const staged = await storage.stage(path)
  try {
    for (const chunk of chunks) {
      await staged.write([chunk])
      // Drawing is all computation: between two pieces, the thread's events have their turn.
      await setImmediate()
    }
    await staged.publish(path)
  } finally {
    await staged.discard()
  }
}

function identify({ name, shape, sha256 }: DrawnTable): TableIdentities['tables'][number] {
  return { name, shape, dtype: 'f32', sha256, file: `${runNames.tables}/${embeddingFileNames.tables}` }
}
