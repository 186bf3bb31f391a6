import { commitManifest, findReceipt, type DatasetManifest } from '@sluice/dataset'
import { openRunStorage, type OpenStorage } from '../folder/run-storage.ts'
import { manifestHeader } from '../run/manifest-header.ts'
import { sideBySide } from '../task/side-by-side.ts'
import { keptTables } from '../tables/prune-tables.ts'
import { findTables } from '../tables/make-tables.ts'
import type { Task } from '../task/task.ts'
import { readTokenIndex } from '../tokens/token-index-file.ts'
import { indexWindows } from '../windows/window-index.ts'
import { notReady, type ShardOutcome } from './missing-tasks.ts'
import { openShards, type OpenRun } from './open-shards.ts'
import { findReadyIndex } from './ready-index.ts'
import { untilCommitted } from './until-committed.ts'
import { partTasks } from './work-shard.ts'

/** Receipts that are looked at beside each other. */
const atOnce = 16

/**
 * Commits a run whose shards are all done; one that is committed already is left as it is.
 *
 * @returns the manifest; `not-ready` with the tasks that lack a receipt
 * @throws RunError `unusable-plan`, `too-short`, `short-tail`; DatasetError
 */
export async function commitShards(
  path: string,
  openStorage: OpenStorage = openRunStorage,
): Promise<ShardOutcome<DatasetManifest>> {
  const opened = await openShards(path, openStorage)
  const { folder } = opened
  if (opened.manifest !== undefined) {
    await folder.removeLeftovers()
    return { state: 'done', result: opened.manifest }
  }
  return untilCommitted(
    opened,
    () => commit(opened),
    (manifest) => manifest,
  )
}

async function commit(opened: OpenRun): Promise<ShardOutcome<DatasetManifest>> {
  const { folder } = opened
  const index = await findReadyIndex(opened)
  if (index.state === 'not-ready') return index
  const { storage } = folder
  const { run } = opened
  const parts = await partTasks(opened, index.result)
  const receipts = await sideBySide(parts, atOnce, ({ part }) =>
    findReceipt(storage, { index: part, planId: run.planId }),
  )
  const missing: readonly Task[] = parts.filter((_, place) => receipts[place] === undefined)
  if (missing.length > 0) return notReady('parts', parts, missing)
  const stream = await readTokenIndex(storage, index.result.name, run.plan)
  const windows = { ...indexWindows(stream, run.plan.config), windows: index.result.windows }
  const made = run.plan.config.embeddings === 'none' ? undefined : await findTables(storage, run.planId)
  const tables = made && (await keptTables(storage, run.plan, stream, made))
  const { documentTable, loneIds } = index.result
  const header = await manifestHeader(storage, run, {
    ...{ stream, windows, tables, documentTable, loneIds },
    parts: { count: parts.length },
  })
  return { state: 'done', result: await commitManifest(storage, header) }
}
