import {
  commitManifest,
  findReceipt,
  manifestName,
  planName,
  readJson,
  readManifest,
  sha256OfJson,
  type DatasetManifest,
} from '@sluice/dataset'
import { RunFolder } from '../folder/run-folder.ts'
import { openRunStorage } from '../folder/run-storage.ts'
import { readPlan } from '../plan/read-plan.ts'
import type { RunProvider } from '../plan/run-provider.ts'
import { LocalRunner } from '../runners/local-runner.ts'
import { TaskThread } from '../runners/task-thread-handle.ts'
import { findTables } from '../tables/make-tables.ts'
import { countParts, partTask } from '../task/part-task.ts'
import type { Task } from '../task/task.ts'
import { runTasks } from './carry-out.ts'
import { manifestHeader } from './manifest-header.ts'
import { prepareRun, type PreparedRun, type PrepareOptions } from './prepare-run.ts'
import { findTokenReceipts, publishIndex, takeApart, type PublishedIndex } from './publish-index.ts'
import type { RunEvent } from './run-event.ts'
import { publishSegments, readSegments } from './segments-file.ts'
import { shardsOf, tasksOfShard, type Shard } from './shard.ts'

/** The two stages of a run in shards: parts need the ids of all shards. */
export type ShardStage = 'tokens' | 'parts'

/** What {@link workShard} is given. */
export interface WorkOptions {
  /** The run's folder, as {@link planForShards} left it. */
  readonly path: string
  readonly stage: ShardStage
  readonly shard: Shard
  /** Folders that sources are confined to. @default whatever this process may read */
  readonly roots?: readonly string[]
  /** Threads that do the work, the calling one among them. @default 1 */
  readonly threads?: number
  /** What looks embeddings up; every provider gives the same bits. */
  readonly provider?: RunProvider
  readonly signal?: AbortSignal
  /** Told what happens, as it happens. */
  readonly onEvent?: (event: RunEvent) => void
}

/** Tasks without a receipt, which a shard or the commit has to wait for. */
export interface MissingTasks {
  readonly stage: ShardStage
  readonly tasks: readonly Task[]
  /** Their shards, where there are as many as the function is told. */
  readonly shardsOf: (count: number) => readonly number[]
}

/** What came of a step of a run in shards. */
export type ShardOutcome<T> =
  | { readonly state: 'done'; readonly result: T }
  | { readonly state: 'not-ready'; readonly missing: MissingTasks }

/**
 * Plans a run whose tasks are done by the jobs of a batch engine: publishes the plan and how the corpus is cut.
 *
 * @throws RunError, CorpusError; where the input is unusable, nothing is left behind
 */
export async function planForShards(options: PrepareOptions): Promise<PreparedRun> {
  const prepared = await prepareRun(options)
  const segments = await publishSegments(prepared.folder.storage, prepared.run, prepared.segments)
  return { ...prepared, segments }
}

/**
 * Does the tasks of one shard that have no receipt. Shards may overlap, be repeated, and be of another number in another attempt:
 * receipts decide what is done. The tables belong to the first shard of the tokens.
 *
 * @returns the number of tasks of the shard; `not-ready` for parts before all tokens are there
 * @throws RunError `invalid-config` for an index that no shard has; RunError, CorpusError, DatasetError
 */
export async function workShard(options: WorkOptions): Promise<ShardOutcome<number>> {
  const { path, stage, shard, roots, provider, onEvent = () => {} } = options
  const { threads = 1, signal = new AbortController().signal } = options
  const found = await openShards(path)
  if (found.manifest !== undefined) return { state: 'done', result: 0 }
  const { run, folder, tokenTasks } = found
  let tasks: readonly Task[]
  if (stage === 'tokens') {
    const own = tasksOfShard(tokenTasks, weightOf, shard)
    const tables: Task[] =
      run.plan.config.embeddings !== 'none' && shard.index === 0 ? [{ kind: 'tables' }] : []
    tasks = [...tables, ...own]
  } else {
    const index = await found.index()
    if (index.state === 'not-ready') return index
    tasks = tasksOfShard(partTasks(found, index.result), weightOf, shard)
  }
  const helpers = Array.from({ length: Math.min(threads, tasks.length) - 1 }, () => new TaskThread())
  const access = { path, ...(roots && { roots }) }
  const runner = new LocalRunner({ path, run, access, ...(provider && { provider }) }, { helpers })
  const total = tasks.reduce((sum, task) => sum + weightOf(task), 0)
  const phase = stage === 'tokens' ? 'tokenize' : 'embed'
  try {
    await runTasks({ run, folder, runner, signal, onEvent }, tasks, { kind: phase, phase, total })
  } finally {
    await runner.close()
    await Promise.all(helpers.map((helper) => helper.close()))
  }
  return { state: 'done', result: tasks.length }
}

/**
 * Commits a run whose shards are all done; one that is committed already is left as it is.
 *
 * @returns the manifest; `not-ready` with the tasks that lack a receipt
 */
export async function commitShards(path: string): Promise<ShardOutcome<DatasetManifest>> {
  const found = await openShards(path)
  const { folder } = found
  if (found.manifest !== undefined) {
    await folder.removeLeftovers()
    return { state: 'done', result: found.manifest }
  }
  const index = await found.index()
  if (index.state === 'not-ready') return index
  const { run } = found
  const tables =
    run.plan.config.embeddings === 'none' ? undefined : await findTables(folder.storage, run.planId)
  if (run.plan.config.embeddings !== 'none' && tables === undefined)
    return {
      state: 'not-ready',
      missing: { stage: 'tokens', tasks: [{ kind: 'tables' }], shardsOf: () => [0] },
    }
  const parts = partTasks(found, index.result)
  const missing: Task[] = []
  for (const task of parts) {
    const receipt = await findReceipt(folder.storage, { index: task.part, planId: run.planId })
    if (receipt === undefined) missing.push(task)
  }
  if (missing.length > 0) return notReady('parts', parts, missing)
  const header = manifestHeader(run, { ...index.result, tables })
  const manifest = await commitManifest(folder.storage, header)
  await folder.finish()
  return { state: 'done', result: manifest }
}

type TokenTask = Extract<Task, { kind: 'tokenize' }>
type PartTaskOfRun = Extract<Task, { kind: 'embed' }>

async function openShards(path: string) {
  const storage = openRunStorage(path)
  const folder = RunFolder.taken(storage)
  const isCommitted = (await storage.stat(manifestName)) !== undefined
  const manifest = isCommitted ? await readManifest(storage) : undefined
  const run = await readPlan(storage, manifest?.planId ?? sha256OfJson(await readJson(storage, planName)))
  if (manifest !== undefined) return { manifest, folder, run }
  const segments = await takeApart(storage, run, await readSegments(storage, run))
  const tokenTasks = segments.map((segment): TokenTask => ({ kind: 'tokenize', ...segment }))
  const index = async (): Promise<ShardOutcome<PublishedIndex>> => {
    const { receipts, missing } = await findTokenReceipts(storage, run, segments)
    if (missing.length === 0) return { state: 'done', result: await publishIndex(storage, run, receipts) }
    const open = new Set(missing)
    return notReady(
      'tokens',
      tokenTasks,
      tokenTasks.filter((_, place) => open.has(segments[place]!)),
    )
  }
  return { manifest: undefined, folder, run, tokenTasks, index }
}

function partTasks(
  { run: { plan } }: Pick<PreparedRun, 'run'>,
  { windows: { windows }, name }: PublishedIndex,
): readonly PartTaskOfRun[] {
  return Array.from({ length: countParts(plan, windows) }, (_, part) => ({
    ...({ kind: 'embed', index: name } as const),
    ...partTask(plan, windows, part),
  }))
}

function notReady<T extends Task>(
  stage: ShardStage,
  all: readonly T[],
  tasks: readonly T[],
): { readonly state: 'not-ready'; readonly missing: MissingTasks } {
  const open = new Set(tasks)
  const ownersOf = (count: number): readonly number[] => {
    const shards = shardsOf(all, weightOf, count)
    return [...new Set(all.flatMap((task, place) => (open.has(task) ? [shards[place]!] : [])))]
  }
  return { state: 'not-ready', missing: { stage, tasks, shardsOf: ownersOf } }
}

/** What a task counts for: bytes of sources, windows. */
function weightOf(task: Task): number {
  switch (task.kind) {
    case 'tokenize':
      return task.byteLength
    case 'tables':
      return 0
    case 'embed':
      return task.rows
  }
}
