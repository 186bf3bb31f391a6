import type { Job, JobsOptions, Queue, QueueEvents } from 'bullmq'
import { maxPayloadBytes, type RunPayload, type TaskPayload } from '../payload.ts'
import type { JobView, TaskJob, TaskQueue } from '../task-queue.ts'

/** Most attempts that any failure gets; a worker ends sooner with one that will not go away. */
export const maxAttempts = 20

/** How tasks are kept: done ones not at all, failed ones long enough to be looked at. */
const taskOptions: JobsOptions = {
  attempts: maxAttempts,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: { age: 7 * 24 * 3600 },
  stackTraceLimit: 5,
  sizeLimit: maxPayloadBytes,
}

/** The tasks of one run as BullMQ jobs. */
export class BullTaskQueue implements TaskQueue {
  readonly #tasks: Queue<TaskPayload>
  readonly #events: QueueEvents
  readonly #shared: Omit<TaskPayload, 'tasks'>

  constructor(tasks: Queue<TaskPayload>, events: QueueEvents, runId: string, run: RunPayload) {
    this.#tasks = tasks
    this.#events = events
    this.#shared = { version: 1, runId, out: run.out, planId: run.planId }
  }

  async add(jobs: readonly TaskJob[]): Promise<void> {
    await this.#tasks.addBulk(
      jobs.map(({ id, tasks }) => ({
        name: tasks[0]?.kind ?? '',
        data: { ...this.#shared, tasks },
        opts: { ...taskOptions, jobId: id },
      })),
    )
  }

  async look(ids: readonly string[]): Promise<readonly JobView[]> {
    const jobs = await Promise.all(ids.map((id) => this.#tasks.getJob(id)))
    return jobs.map(viewOf)
  }

  async withdraw(ids: readonly string[]): Promise<void> {
    // One that a worker holds cannot be removed: it ends by itself.
    await Promise.allSettled(ids.map((id) => this.#tasks.remove(id)))
  }

  onEnded(listener: (id: string) => void): Disposable {
    const onEvent = ({ jobId }: { readonly jobId: string }): void => listener(jobId)
    this.#events.on('completed', onEvent).on('failed', onEvent)
    return {
      [Symbol.dispose]: () => {
        this.#events.off('completed', onEvent).off('failed', onEvent)
      },
    }
  }
}

function viewOf(job: Job<TaskPayload> | undefined): JobView {
  if (job === undefined) return { state: 'unknown' }
  // The reason is that of the last attempt; only the end of the last one has a time.
  if (job.finishedOn !== undefined && job.failedReason) return { state: 'failed', reason: job.failedReason }
  return { state: 'pending', attempts: job.attemptsMade, lastFailure: job.failedReason }
}
