import { RunError } from '../errors.ts'
import { openRunStorage, type OpenStorage } from '../folder/run-storage.ts'
import { mostThreadsOf, type RunProvider } from '../plan/run-provider.ts'
import { runTasks } from '../run/carry-out.ts'
import type { RunEvent } from '../run/run-event.ts'
import { LocalRunner } from '../runners/local-runner.ts'
import { TaskThread } from '../runners/task-thread-handle.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import { openPartCut } from '../windows/open-part-cut.ts'
import type { Task } from '../task/task.ts'
import { weightOf, type ShardOutcome, type ShardStage } from './missing-tasks.ts'
import { openShards, type OpenRun } from './open-shards.ts'
import { findReadyIndex, type ReadyIndex } from './ready-index.ts'
import { checkShard, tasksOfShard, type Shard } from './shard.ts'
import { untilCommitted } from './until-committed.ts'

/** What {@link workShard} is given. */
export interface WorkOptions {
  /** The run's folder, as `planForShards` left it. */
  readonly path: string
  readonly stage: ShardStage
  readonly shard: Shard
  /** Folders that sources are confined to. @default whatever this process may read */
  readonly roots?: readonly string[]
  /** Threads that do the work, the calling one among them. @default 1 */
  readonly threads?: number
  /** What looks embeddings up; every provider gives the same bits. */
  readonly provider?: RunProvider
  /** What `path` means. A storage without a `path` is reached by the calling thread alone. @default folders of the file system */
  readonly openStorage?: OpenStorage
  /** Stops the tasks under way at their next border. */
  readonly signal?: AbortSignal
  /** No task is begun after it fires; those under way are finished. */
  readonly stopping?: AbortSignal
  /** Told what happens, as it happens. */
  readonly onEvent?: (event: RunEvent) => void
}

/**
 * Does the tasks of one shard that have no receipt, each once: who started the shard tries again. Shards may overlap, be repeated,
 * and be of another number in another attempt: receipts decide what is done. The tables belong to the first shard of the tokens.
 *
 * @returns the number of tasks of the shard; `not-ready` for parts before all tokens are there
 * @throws RunError `invalid-config` for an index that no shard has, `unusable-plan`, `aborted`; CorpusError, DatasetError
 */
export async function workShard(options: WorkOptions): Promise<ShardOutcome<number>> {
  const { path, shard, openStorage = openRunStorage } = options
  checkShard(shard)
  const opened = await openShards(path, openStorage)
  if (opened.manifest !== undefined) return { state: 'done', result: 0 }
  return untilCommitted(
    opened,
    () => workStage(opened, options),
    () => 0,
  )
}

async function workStage(opened: OpenRun, options: WorkOptions): Promise<ShardOutcome<number>> {
  const { stage, shard } = options
  if (stage === 'tokens') {
    const tasks = tokenTasks(opened, shard)
    await work(opened, tasks, options)
    // The last of the shards makes what the parts begin with. Where it is not the last, somebody else will.
    await findReadyIndex(opened)
    return { state: 'done', result: tasks.length }
  }
  const index = await findReadyIndex(opened)
  if (index.state === 'not-ready') return index
  const tasks = tasksOfShard(await partTasks(opened, index.result), weightOf, shard)
  await work(opened, tasks, options)
  return { state: 'done', result: tasks.length }
}

function tokenTasks({ run, segments }: OpenRun, shard: Shard): readonly Task[] {
  const all = segments.map((segment): Task => ({ kind: 'tokenize', ...segment }))
  const own = tasksOfShard(all, weightOf, shard)
  // The tables come first: one task as long as many segments.
  return run.plan.config.embeddings !== 'none' && shard.index === 0 ? [{ kind: 'tables' }, ...own] : own
}

/** The parts of a run, in order. */
export async function partTasks(
  { run: { plan }, folder }: Pick<OpenRun, 'run' | 'folder'>,
  { windows, name }: Pick<ReadyIndex, 'windows' | 'name'>,
): Promise<readonly Extract<Task, { kind: 'embed' }>[]> {
  const parts = await openPartCut(folder.storage, plan, { name, windows })
  return Array.from({ length: parts.count }, (_, part) => ({
    ...({ kind: 'embed', index: name } as const),
    ...parts.task(part),
  }))
}

async function work(
  { run, folder, segments }: OpenRun,
  tasks: readonly Task[],
  { path, stage, roots, threads = 1, provider, onEvent = () => {}, ...stops }: WorkOptions,
): Promise<void> {
  const { signal = new AbortController().signal, stopping = signal } = stops
  const { storage } = folder
  const access: SourceAccess = { path, ...(roots && { roots }) }
  const mostHelpers =
    storage.path === undefined
      ? 0
      : Math.min(threads, tasks.length, mostThreadsOf(run.plan.model?.provider ?? provider)) - 1
  const helpers = Array.from({ length: Math.max(0, mostHelpers) }, () => new TaskThread())
  const runner = new LocalRunner(
    { path, run, access, ...(provider && { provider }) },
    { helpers, storage, attempts: 1 },
  )
  const total = tasks.reduce((sum, task) => sum + weightOf(task), 0)
  const phase = stage === 'tokens' ? 'tokenize' : 'embed'
  let begun = 0
  function* untilStopping(): Generator<Task> {
    for (const task of tasks) {
      if (stopping.aborted) return
      begun++
      yield task
    }
  }
  try {
    await runTasks({ run, folder, segments, runner, signal, onEvent }, untilStopping(), {
      kind: phase,
      phase,
      total,
    })
  } catch (error) {
    if (signal.aborted) throw stopped(path)
    throw error
  } finally {
    await runner.close()
    await Promise.all(helpers.map((helper) => helper.close()))
  }
  if (begun < tasks.length) throw stopped(path)
}

function stopped(path: string): RunError {
  return new RunError('aborted', `stopped; the same shard again goes on from what is in ${path}`)
}
