import { commitManifest, type DatasetManifest } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import type { RunFolder } from '../folder/run-folder.ts'
import { manifestHeader } from './manifest-header.ts'
import { countParts, partTask } from '../task/part-task.ts'
import type { Plan } from '../plan/plan.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { RunEvent } from './run-event.ts'
import { runSizeOf } from '../estimate/run-size.ts'
import type { TaskRunner } from '../runners/task-runner.ts'
import { findTables, type TableIdentities } from '../tables/make-tables.ts'
import { runNames } from '../folder/names.ts'
import { membersOf } from '../task/source-group.ts'
import { describeTask, segmentKey, type RunSegment, type Task } from '../task/task.ts'
import { publishHole } from '../tokens/publish-hole.ts'
import { publishTokenIndex } from '../tokens/token-index-file.ts'
import { findTokenReceipt } from '../tokens/tokenize-segment.ts'
import { indexTokens, TokenReader, type TokenIndex } from '../tokens/token-stream.ts'
import { tokenReceiptName, type TokenReceipt } from '../tokens/token-receipt.ts'
import { publishPacking } from '../windows/packing.ts'
import { publishOrder } from '../windows/row-order.ts'
import { refuseShortTail } from '../windows/short-tail.ts'
import { indexWindows, type WindowIndex } from '../windows/window-index.ts'

/** What {@link carryOut} is given. */
export interface CarryOutOptions {
  readonly run: PlannedRun
  readonly folder: RunFolder
  readonly segments: readonly RunSegment[]
  readonly runner: TaskRunner
  readonly signal: AbortSignal
  readonly onEvent: (event: RunEvent) => void
}

/** What came of a run. */
export interface CarriedOut {
  readonly manifest: DatasetManifest
  /** Ids of the corpus, separators included. */
  readonly tokens: number
}

/**
 * A run from its plan to its commit, whoever carries the tasks out: tokenize and draw the tables, then make the parts,
 * then commit. What is complete is judged by the receipts alone.
 */
export async function carryOut(options: CarryOutOptions): Promise<CarriedOut> {
  const { run, folder } = options
  const index = await tokenize(options)
  await makeParts(options, index)
  const tables = run.plan.config.embeddings === 'none' ? undefined : await requireTables(options)
  const manifest = await commitManifest(folder.storage, manifestHeader(run, { ...index, tables }))
  return { manifest, tokens: index.stream.tokens }
}

interface PublishedIndex {
  readonly stream: TokenIndex
  readonly windows: WindowIndex
  /** The file that parts are made from. */
  readonly name: string
}

async function tokenize(options: CarryOutOptions): Promise<PublishedIndex> {
  const { run, folder, segments, onEvent } = options
  const { plan, planId } = run
  const total = segments.reduce((sum, { byteLength }) => sum + byteLength, 0)
  // The tables come first: one task as long as many segments, it must not be the one that all wait for at the end.
  const tables: Task[] = plan.config.embeddings === 'none' ? [] : [{ kind: 'tables' }]
  const open = await takeApart(options)
  const tasks = [...tables, ...open.map((segment): Task => ({ kind: 'tokenize', ...segment }))]
  await runTasks(options, tasks, { kind: 'tokenize', phase: 'tokenize', total })
  const receipts: TokenReceipt[] = []
  for (const segment of open) {
    const receipt = await findTokenReceipt(folder.storage, planId, segment)
    if (receipt !== undefined) {
      receipts.push(receipt)
      continue
    }
    // A group that could not be done as one was done source by source.
    for (const member of segment.count === undefined ? [segment] : membersOf(segment, plan.sources)) {
      const own = await findTokenReceipt(folder.storage, planId, member)
      if (own === undefined) throw missing({ kind: 'tokenize', ...member }, plan)
      receipts.push(own)
    }
  }
  const stream = indexTokens(receipts, plan.config.separator === 'between')
  const cut = indexWindows(stream, plan.config)
  if (cut.windows === 0) {
    throw new RunError('too-short', describeTooShort(plan, stream))
  }
  await using reader = new TokenReader(folder.storage, stream)
  await refuseShortTail(plan, reader, cut)
  const name = await publishTokenIndex(folder.storage, receipts)
  const windows =
    plan.config.packing === 'none'
      ? cut
      : { ...cut, windows: await publishPacking(folder.storage, name, reader, cut, plan.config) }
  onEvent({ event: 'tokenized', size: runSizeOf(plan, { tokens: stream.tokens, ...windows }, true) })
  const { shuffle } = plan.config
  if (shuffle !== null) await publishOrder(folder.storage, windows.windows, shuffle.seed)
  return { stream, windows, name }
}

/** The segments of a run, with the members of each group that an earlier attempt had to do source by source: its holes stay. */
async function takeApart({
  run: { plan },
  folder,
  segments,
}: CarryOutOptions): Promise<readonly RunSegment[]> {
  if (plan.config.onPoison !== 'hole' || segments.every(({ count }) => count === undefined)) return segments
  const names = new Set(
    (await folder.storage.list(runNames.tokens)).map(({ name }) => `${runNames.tokens}/${name}`),
  )
  const isDone = (segment: RunSegment): boolean =>
    names.has(tokenReceiptName(segment.source, segmentKey(segment)))
  return segments.flatMap((segment) => {
    const members = membersOf(segment, plan.sources)
    return !isDone(segment) && members.some(isDone) ? members : [segment]
  })
}

function describeTooShort({ config, split }: Plan, { tokens, documents }: TokenIndex): string {
  const needed = config.tail === 'pad' ? 2 : config.maxLength + 1
  const expected = `Expected at least ${needed} tokens for one window of ${config.maxLength} and its target`
  const whose = split === undefined ? '' : ` in ${split} (the split chooses whole documents)`
  const got =
    config.boundary === 'cross' ? String(tokens) : `${tokens} in ${documents} documents, all shorter`
  return `${expected}${whose}, got ${got}; add text or use a smaller --max-length`
}

async function makeParts(options: CarryOutOptions, { windows, name }: PublishedIndex): Promise<void> {
  const { plan } = options.run
  function* tasks(): Generator<Task> {
    for (let part = 0; part < countParts(plan, windows.windows); part++) {
      yield { kind: 'embed', index: name, ...partTask(plan, windows.windows, part) }
    }
  }
  await runTasks(options, tasks(), { kind: 'embed', phase: 'embed', total: windows.windows })
}

/** Runs tasks and tells how far those of one kind are. */
async function runTasks(
  { run: { plan, planId }, folder, runner, signal, onEvent }: CarryOutOptions,
  tasks: Iterable<Task>,
  {
    kind,
    phase,
    total,
  }: { readonly kind: Task['kind']; readonly phase: 'tokenize' | 'embed'; readonly total: number },
): Promise<void> {
  let done = 0
  onEvent({ event: 'progress', phase, done, total })
  await runner.run(tasks, {
    signal,
    onProgress(of, amount) {
      if (of !== kind) return
      // A task that is tried again counts again; the bar must not run over.
      done = Math.min(total, done + amount)
      onEvent({ event: 'progress', phase, done, total })
    },
    onDone(task) {
      if (task.kind === 'embed') onEvent({ event: 'part', part: task.part, rows: task.rows })
    },
    async onPoison(task, error) {
      if (plan.config.onPoison !== 'hole' || task.kind !== 'tokenize') return undefined
      if (task.count !== undefined) {
        const members = membersOf(task, plan.sources)
        return members.map((member): Task => ({ kind: 'tokenize', ...member }))
      }
      await publishHole(folder.storage, planId, task, error.code)
      onEvent({ event: 'hole', task: describeTask(task, plan), why: error.message })
      return []
    },
    onRetry(task, error) {
      const why = error instanceof Error ? error.message : String(error)
      onEvent({ event: 'retry', task: describeTask(task, plan), why })
    },
  })
}

async function requireTables({ run: { plan, planId }, folder }: CarryOutOptions): Promise<TableIdentities> {
  const tables = await findTables(folder.storage, planId)
  if (tables === undefined) throw missing({ kind: 'tables' }, plan)
  return tables
}

/** The runner said that all is done, and a receipt is not there. */
function missing(task: Task, plan: Plan): RunError {
  return new RunError(
    'broken-state',
    `Expected a receipt for ${describeTask(task, plan)}, found none; run again`,
  )
}
