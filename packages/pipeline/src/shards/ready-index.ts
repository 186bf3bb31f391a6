import {
  DatasetError,
  publishJson,
  readJson,
  type DatasetStorage,
  type DocumentTableIdentity,
  type ListIdentity,
} from '@sluice/dataset'
import * as z from 'zod'
import { RunError } from '../errors.ts'
import { runNames } from '../folder/names.ts'
import { findTokenReceipts, publishIndex } from '../run/publish-index.ts'
import { findTables } from '../tables/make-tables.ts'
import type { Task } from '../task/task.ts'
import { notReady, type ShardOutcome } from './missing-tasks.ts'
import type { OpenRun } from './open-shards.ts'

/** What the makers of parts need to know of the stage before. */
export interface ReadyIndex {
  /** The file with the receipts of all segments, in order. */
  readonly name: string
  /** Rows of the dataset. */
  readonly windows: number
  readonly tokens: number
  /** The table of the documents; absent where they carry nothing along. */
  readonly documentTable?: DocumentTableIdentity
  /** The documents of one id; absent where there are none, or windows leave out more. */
  readonly loneIds?: ListIdentity
}

/** Says which index there is: a thousand shards need not look for twenty thousand receipts each. */
const readyName = `${runNames.tokens}/ready.json`

const count = z.int().nonnegative()

const fileSchema = z.strictObject({
  version: z.literal(1),
  planId: z.hex(),
  name: z.string().regex(/^tokens\/index-[0-9a-f]{16}\.json$/),
  windows: count,
  tokens: count,
  // What is in it is checked with the rest of the manifest's header.
  documentTable: z.custom<DocumentTableIdentity>((value) => typeof value === 'object').exactOptional(),
  loneIds: z.custom<ListIdentity>((value) => typeof value === 'object').exactOptional(),
})

/**
 * Finds the index of a run whose tokens are all there; whoever finds all receipts and no index makes it. The tables belong to this
 * stage too.
 */
export async function findReadyIndex(opened: OpenRun): Promise<ShardOutcome<ReadyIndex>> {
  const { run, segments } = opened
  const { storage } = opened.folder
  const known = await readReady(storage, run.planId)
  if (known !== undefined) return { state: 'done', result: known }
  const tasks = segments.map((segment): Task => ({ kind: 'tokenize', ...segment }))
  const { receipts, missing } = await findTokenReceipts(storage, run, segments)
  const open = new Set(missing)
  const missingTasks = tasks.filter((_, place) => open.has(segments[place]!))
  const wantsTables = run.plan.config.embeddings !== 'none'
  if (wantsTables && (await findTables(storage, run.planId)) === undefined)
    missingTasks.unshift({ kind: 'tables' })
  if (missingTasks.length > 0) return notReady('tokens', tasks, missingTasks)
  const { name, stream, windows, documentTable, loneIds } = await publishIndex(storage, run, receipts)
  const counts = { windows: windows.windows, tokens: stream.tokens }
  const ready: ReadyIndex = {
    name,
    ...counts,
    ...(documentTable && { documentTable }),
    ...(loneIds && { loneIds }),
  }
  try {
    await publishJson(storage, readyName, { version: 1, planId: run.planId, ...ready })
    return { state: 'done', result: ready }
  } catch (error) {
    // Another shard found other receipts, of a group that was done source by source: either will do, but one for all.
    if (!(error instanceof DatasetError) || error.code !== 'conflict') throw error
    return { state: 'done', result: (await readReady(storage, run.planId)) ?? ready }
  }
}

async function readReady(storage: DatasetStorage, planId: string): Promise<ReadyIndex | undefined> {
  if ((await storage.stat(readyName)) === undefined) return undefined
  const parsed = fileSchema.safeParse(await readJson(storage, readyName))
  if (parsed.success && parsed.data.planId === planId) {
    const { version: _version, planId: _planId, ...ready } = parsed.data
    return ready
  }
  throw new RunError(
    'broken-state',
    `${readyName} in ${storage.location} is damaged, or another run's; remove it and try again`,
  )
}
