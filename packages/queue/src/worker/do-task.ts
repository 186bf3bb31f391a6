import { failureLine } from '../failure.ts'
import { performance } from 'node:perf_hooks'
import { findTaskOutcome, RunFolder, taskId, type RunProvider, type Task } from '@sluice/pipeline'
import { DelayedError, type Job } from 'bullmq'
import { parseTaskPayload, type TaskPayload } from '../payload.ts'
import { isCommitted, type RunPlace, type RunPlaces } from '../run-place.ts'
import type { Cancellations } from './cancellations.ts'
import { toJobError } from './job-error.ts'
import type { ThreadPool } from './thread-pool.ts'
import type { WorkerEvent } from './worker-event.ts'

/** What doing a task needs besides the job. */
export interface TaskContext {
  readonly places: RunPlaces
  readonly pool: ThreadPool
  /** Folders that sources are confined to. */
  readonly sourceRoots: readonly string[]
  /** What looks embeddings up; every provider gives the same bits. */
  readonly provider?: RunProvider
  readonly cancellations: Cancellations
  /** Fires when the process must end: what is under way goes back to the queue. */
  readonly stop: AbortSignal
  readonly on: (event: WorkerEvent) => void
}

/** Does the tasks of one job in order: on a thread, unless their receipts are there. */
export async function doTask(job: Job<TaskPayload>, token: string, context: TaskContext): Promise<void> {
  const jobId = job.id ?? ''
  let runId = ''
  try {
    const payload = parseTaskPayload(job.data)
    runId = payload.runId
    await execute(payload, jobId, context)
  } catch (error) {
    if (context.stop.aborted) {
      // Back to the queue at once: nobody has to wait for the lock to run out.
      await job.moveToDelayed(Date.now(), token)
      context.on({ event: 'task-returned', runId, jobId })
      throw new DelayedError()
    }
    const failure = toJobError(error, job.attemptsMade)
    const again = failure.name !== 'UnrecoverableError'
    context.on({ event: 'task-failed', runId, jobId, reason: failureLine(failure.message), again })
    throw failure
  }
}

async function execute(
  { runId, tasks, ...where }: TaskPayload,
  jobId: string,
  context: TaskContext,
): Promise<void> {
  const { places, cancellations, stop } = context
  const place = await places.find(where)
  using cancelled = cancellations.watch(runId)
  const signal = AbortSignal.any([stop, cancelled.signal])
  try {
    for (const task of tasks) {
      if (!(await executeOne(task, { runId, jobId, place, signal }, context))) break
    }
  } catch (error) {
    if (await isOver(place)) return
    throw cancelled.signal.aborted ? cancelled.signal.reason : error
  }
  await isOver(place)
}

interface JobOfTask {
  readonly runId: string
  readonly jobId: string
  readonly place: RunPlace
  readonly signal: AbortSignal
}

/** @returns false for a run that is over */
async function executeOne(
  task: Task,
  { runId, jobId, place, signal }: JobOfTask,
  { pool, sourceRoots, provider, on }: TaskContext,
): Promise<boolean> {
  const started = performance.now()
  const { path, dataRoot, run, storage } = place
  const { planId } = run
  const found = await findTaskOutcome(storage, planId, task)
  // A job that comes late, for a run that is over: its tokens are gone, and are not to be made again. Receipts go after the
  // manifest has come, so this order sees one of the two.
  if (found === undefined && (await isCommitted(place))) return false
  const access = { path, dataRoot, roots: sourceRoots }
  const options = { path, run, access, ...(provider && { provider }) }
  const outcome = found ?? (await pool.execute(`${planId} ${path}`, options, task, signal, () => {}))
  const seconds = (performance.now() - started) / 1000
  const facts = { runId, jobId, taskId: taskId(task), task, outcome, seconds }
  on({ event: 'task-done', ...facts, found: found !== undefined })
  return true
}

/** Whether the run was committed while this task was under way; then what the task left is removed. */
async function isOver(place: RunPlace): Promise<boolean> {
  if (!(await isCommitted(place))) return false
  await RunFolder.taken(place.storage).finish()
  return true
}
