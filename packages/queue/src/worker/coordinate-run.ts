import { failureLine } from '../failure.ts'
import { performance } from 'node:perf_hooks'
import { readRowManifest, type DatasetManifest } from '@sluice/dataset'
import {
  carryOut,
  cutCorpus,
  describeTask,
  findSegments,
  reopenCorpus,
  RunFolder,
  type RunSegment,
} from '@sluice/pipeline'
import { DelayedError, type Job, type Queue, type QueueEvents } from 'bullmq'
import { BullTaskQueue } from '../bullmq/bull-task-queue.ts'
import { parseRunPayload, type RunPayload, type TaskPayload } from '../payload.ts'
import { QueueRunner } from '../runner/queue-runner.ts'
import { isCommitted, type RunPlace, type RunPlaces } from '../run-place.ts'
import { cancelled, type Cancellations } from './cancellations.ts'
import { isHopeless, toJobError } from './job-error.ts'
import { ProgressTally } from './run-progress.ts'
import type { WorkerEvent } from './worker-event.ts'

/** What coordinating a run needs besides the job. */
export interface RunContext {
  readonly places: RunPlaces
  readonly sourceRoots: readonly string[]
  readonly tasks: Queue<TaskPayload>
  readonly events: QueueEvents
  readonly cancellations: Cancellations
  /** Fires when the process must end: the run returns to the queue, its tasks continue. */
  readonly stop: AbortSignal
  readonly pollMs: number
  readonly on: (event: WorkerEvent) => void
}

/** What a finished run's job returns. */
export interface RunResult {
  /** Rows. */
  readonly windows: number
  /** Absent where rows are windows. */
  readonly per?: 'document'
  /** Bytes of all parts. */
  readonly byteLength: number
}

const progressMs = 1000

/**
 * Coordinates one run: puts its tasks on the queue as their turn comes, waits for the receipts, commits. It computes
 * nothing itself, keeps nothing that is not in the run's folder, and can be done by several at once: so it is a job like
 * any other, which somebody else takes over when its worker dies.
 */
export async function coordinateRun(
  job: Job<RunPayload>,
  token: string,
  context: RunContext,
): Promise<RunResult> {
  const runId = job.id ?? ''
  const { on } = context
  const started = performance.now()
  try {
    const payload = parseRunPayload(job.data)
    if (payload.cancelled) throw cancelled(runId)
    const place = await context.places.find(payload)
    on({ event: 'run-started', runId, out: payload.out })
    const manifest = (await isCommitted(place)) ? undefined : await carry(job, payload, place, context)
    await RunFolder.taken(place.storage).finish()
    const { totals, layout } = manifest ?? (await readRowManifest(place.storage))
    const rows = { windows: totals.rows, ...(layout.per !== undefined && { per: layout.per }) }
    const seconds = (performance.now() - started) / 1000
    on({ event: 'run-committed', runId, seconds, ...rows })
    return { ...rows, byteLength: totals.byteLength }
  } catch (error) {
    if (context.stop.aborted) {
      await job.moveToDelayed(Date.now(), token)
      throw new DelayedError()
    }
    // Tasks have used up their own attempts by now: what is tried again here is the folder and the queue.
    const failure = toJobError(error, 0)
    on({
      event: 'run-failed',
      runId,
      reason: failureLine(failure.message),
      again: failure.name !== 'UnrecoverableError',
    })
    throw failure
  }
}

/** From the plan to the commit, whoever commits it. */
async function carry(
  job: Job<RunPayload>,
  { attempt, segmentBytes, ...payload }: RunPayload,
  place: RunPlace,
  context: RunContext,
): Promise<DatasetManifest> {
  const runId = job.id ?? ''
  const { path, dataRoot, run, storage } = place
  const { plan, planId } = run
  const cutHere = async (): Promise<readonly RunSegment[]> =>
    cutCorpus(await reopenCorpus(run, { path, dataRoot, roots: context.sourceRoots }), segmentBytes)
  const segments = (await findSegments(storage, run)) ?? (await cutHere())
  using watch = context.cancellations.watch(runId)
  const signal = AbortSignal.any([context.stop, watch.signal])
  const tally = new ProgressTally()
  using _ = reportProgress(job, tally)
  const queue = new BullTaskQueue(context.tasks, context.events, runId, { ...payload, attempt, segmentBytes })
  const runner = new QueueRunner({
    queue,
    storage,
    planId,
    runId,
    attempt,
    pollMs: context.pollMs,
    describe: (task) => describeTask(task, plan),
    onOutcome: (_task, { tokens }) => tally.addTokens(tokens),
    onTrouble: (error) => context.on({ event: 'error', queue: 'tasks', error: error as Error }),
    isCommitted: () => isCommitted(place),
  })
  try {
    const { manifest } = await carryOut({
      run,
      folder: RunFolder.taken(storage),
      segments,
      runner,
      signal,
      onEvent(event) {
        tally.add(event, Date.now())
        if (event.event === 'retry') context.on({ runId, ...event })
      },
    })
    return manifest
  } catch (error) {
    const reason: unknown = watch.signal.aborted ? watch.signal.reason : error
    if (isHopeless(reason) && !context.stop.aborted) await runner.withdraw()
    throw reason
  }
}

/** Writes the progress into the job now and then, one write at a time. */
function reportProgress(job: Job<RunPayload>, tally: ProgressTally): Disposable {
  let told: unknown
  let telling = false
  const tell = async (): Promise<void> => {
    const { current } = tally
    if (telling || current === undefined || current === told) return
    telling = true
    // A job that is gone has nobody to tell; a server that is away is told of by the connection.
    await job.updateProgress(current).catch(() => {})
    told = current
    telling = false
  }
  const timer = setInterval(() => void tell(), progressMs)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
