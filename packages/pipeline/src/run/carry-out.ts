import { commitManifest, type DatasetManifest } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import type { RunFolder } from '../folder/run-folder.ts'
import { manifestHeader } from './manifest-header.ts'
import type { Plan } from '../plan/plan.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { RunEvent } from './run-event.ts'
import { runSizeOf } from '../estimate/run-size.ts'
import type { RunControl, TaskRunner } from '../runners/task-runner.ts'
import { keptTables } from '../tables/prune-tables.ts'
import { findTables, type TableIdentities } from '../tables/make-tables.ts'
import { describeTask, type RunSegment, type Task } from '../task/task.ts'
import { committedMeanwhile } from './committed-meanwhile.ts'
import { EarlyParts } from './early-parts.ts'
import { LeftOut } from './left-out.ts'
import { findTokenReceipts, publishIndex, takeApart, type PublishedIndex } from './publish-index.ts'

/** What {@link carryOut} is given. */
export interface CarryOutOptions {
  readonly run: PlannedRun
  readonly folder: RunFolder
  readonly segments: readonly RunSegment[]
  readonly runner: TaskRunner
  /** Parts are made as soon as they can be, while the corpus is tokenized: for a runner that takes tasks as it has room for them. @default false */
  readonly partsEarly?: boolean
  readonly signal: AbortSignal
  /** Told what happens, as it happens. */
  readonly onEvent: (event: RunEvent) => void
}

/** What came of a run. */
export interface CarriedOut {
  readonly manifest: DatasetManifest
  /** Ids of the corpus, separators included; null where somebody else committed the run meanwhile. */
  readonly tokens: number | null
}

/**
 * A run from its plan to its commit, whoever carries the tasks out: tokenize and draw the tables, then make the parts,
 * then commit. What is complete is judged by the receipts alone; others may work on the same folder, and commit first.
 */
export async function carryOut(options: CarryOutOptions): Promise<CarriedOut> {
  try {
    return await carryToCommit(options)
  } catch (error) {
    const manifest = await committedMeanwhile(options.folder.storage, options.run.planId, error)
    if (manifest === undefined) throw error
    return { manifest, tokens: null }
  }
}

async function carryToCommit(options: CarryOutOptions): Promise<CarriedOut> {
  const { run, folder } = options
  const { index, made: early } = await tokenize(options)
  await makeParts(options, index, early)
  const made = run.plan.config.embeddings === 'none' ? undefined : await requireTables(options)
  const tables = made && (await keptTables(folder.storage, run.plan, index.stream, made))
  const header = await manifestHeader(folder.storage, run, { ...index, tables })
  const manifest = await commitManifest(folder.storage, header)
  return { manifest, tokens: index.stream.tokens }
}

interface Tokenized {
  readonly index: PublishedIndex
  /** Parts that were made on the way. */
  readonly made: ReadonlySet<number>
}

async function tokenize(options: CarryOutOptions): Promise<Tokenized> {
  const { run, folder, segments, partsEarly = false, onEvent } = options
  const { plan } = run
  const total = segments.reduce((sum, { byteLength }) => sum + byteLength, 0)
  // The tables come first: one task as long as many segments, it must not be the one that all wait for at the end.
  const tables: Task[] = plan.config.embeddings === 'none' ? [] : [{ kind: 'tables' }]
  const open = await takeApart(folder.storage, run, segments)
  const ofSegments = open.map((segment): Task => ({ kind: 'tokenize', ...segment }))
  const tasks = [...tables, ...ofSegments]
  const early = partsEarly
    ? EarlyParts.of({ storage: folder.storage, run, segments: open }, ofSegments)
    : undefined
  try {
    await runTasks(options, early?.between(tasks) ?? tasks, {
      ...({ kind: 'tokenize', phase: 'tokenize', total } as const),
      ...(early && { onDone: early.done.bind(early) }),
    })
  } finally {
    await early?.end()
  }
  const { receipts, missing } = await findTokenReceipts(folder.storage, run, open)
  if (missing[0] !== undefined) throw missingReceipt({ kind: 'tokenize', ...missing[0] }, plan)
  const index = await publishIndex(folder.storage, run, receipts)
  const { tokens, documents } = index.stream
  const { windows, tailTokens } = index.windows
  const size = runSizeOf(plan, { tokens, documents, windows, tailTokens }, true)
  onEvent({ event: 'tokenized', size })
  return { index, made: early?.made ?? new Set() }
}

async function makeParts(
  options: CarryOutOptions,
  { windows, parts, name }: PublishedIndex,
  made: ReadonlySet<number>,
): Promise<void> {
  function* tasks(): Generator<Task> {
    for (let part = 0; part < parts.count; part++)
      if (!made.has(part)) yield { kind: 'embed', index: name, ...parts.task(part) }
  }
  let done = 0
  for (const part of made) done += parts.task(part).rows
  await runTasks(options, tasks(), { kind: 'embed', phase: 'embed', done, total: windows.windows })
}

/** What {@link runTasks} tells of. */
export interface TaskWatch extends Pick<RunControl, 'onOutcome'> {
  readonly kind: Task['kind']
  readonly phase: 'tokenize' | 'embed'
  /** What was done before. @default 0 */
  readonly done?: number
  readonly total: number
  /** Told of every task that was done, or left out. */
  readonly onDone?: (task: Task) => void
}

/** What {@link runTasks} is given: the segments are all of the corpus, whichever of them the tasks are of. */
export type RunTasksOptions = Omit<CarryOutOptions, 'partsEarly'>

/** Runs tasks and tells how far those of one kind are. */
export async function runTasks(
  { run, folder, segments, runner, signal, onEvent }: RunTasksOptions,
  tasks: Iterable<Task>,
  { kind, phase, done: before = 0, total, onOutcome, onDone }: TaskWatch,
): Promise<void> {
  let done = before
  onEvent({ event: 'progress', phase, done, total })
  const leftOut = new LeftOut({ storage: folder.storage, run, segments, onEvent })
  const judge = async (): Promise<readonly Task[]> => {
    const judged = await leftOut.judge()
    for (const task of judged.settled) onDone?.(task)
    return judged.before
  }
  const failure = new AbortController()
  let judging: Promise<unknown> = Promise.resolve()
  const control: RunControl = {
    signal: AbortSignal.any([signal, failure.signal]),
    onProgress(of, amount) {
      if (of !== kind) return
      // A task that is tried again counts again; the bar must not run over.
      done = Math.min(total, done + amount)
      onEvent({ event: 'progress', phase, done, total })
    },
    onDone(task) {
      if (task.kind === 'embed') onEvent({ event: 'part', part: task.part, rows: task.rows })
      if (!leftOut.isOpen(task)) onDone?.(task)
      if (task.kind === 'tokenize' && leftOut.waitsFor(task))
        judging = judging.then(judge).catch((error: unknown) => failure.abort(error))
    },
    ...(onOutcome && { onOutcome }),
    onGivenUp: (task, error) => leftOut.instead(task, error),
    onRetry(task, error) {
      const why = error instanceof Error ? error.message : String(error)
      onEvent({ event: 'retry', task: describeTask(task, run.plan), why })
    },
  }
  for (let open: Iterable<Task> | undefined = tasks; open !== undefined;) {
    try {
      await runner.run(open, control)
      await judging
    } finally {
      failure.signal.throwIfAborted()
    }
    const first = await judge()
    open = first.length > 0 ? first : undefined
  }
}

async function requireTables({ run: { plan, planId }, folder }: CarryOutOptions): Promise<TableIdentities> {
  const tables = await findTables(folder.storage, planId)
  if (tables === undefined) throw missingReceipt({ kind: 'tables' }, plan)
  return tables
}

/** The runner said that all is done, and a receipt is not there. */
function missingReceipt(task: Task, plan: Plan): RunError {
  return new RunError(
    'broken-state',
    `Expected a receipt for ${describeTask(task, plan)}, found none; run again`,
  )
}
