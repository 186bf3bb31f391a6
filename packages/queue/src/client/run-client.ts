import { setTimeout as delay } from 'node:timers/promises'
import type { Job, JobsOptions, Queue } from 'bullmq'
import { createQueue } from '../bullmq/backend.ts'
import { maxAttempts } from '../bullmq/bull-task-queue.ts'
import { describeConnectionError, type QueueConnection } from '../connection.ts'
import { QueueError } from '../errors.ts'
import { maxPayloadBytes, queueNames, type RunPayload, type TaskPayload } from '../payload.ts'
import { planEnqueue, type EnqueueOptions } from './plan-enqueue.ts'
import { viewAnyRun, viewRun, type RunView } from './run-view.ts'

/** Options of {@link openRunClient}. */
export interface RunClientOptions {
  readonly connection: QueueConnection
  /** Milliseconds that the server may take for an answer. @default 5000 */
  readonly timeoutMs?: number
}

/** What came of {@link RunClient.enqueue}. */
export interface Enqueued {
  readonly runId: string
  readonly planId: string
  /**
   * - `added`: it is on the queue now.
   * - `present`: it was already.
   * - `restarted`: it had failed or was cancelled, and resumes from what it had finished.
   * - `done`: the folder holds its dataset.
   */
  readonly outcome: 'added' | 'present' | 'restarted' | 'done'
  /** The run of the validation dataset of a split, whose training dataset the other fields are about. */
  readonly validation?: Enqueued
}

/** How many tasks are where, over all runs. */
export interface TaskCounts {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly failed: number
  /** Workers connected to the queue of tasks. */
  readonly workers: number
}

const runOptions: JobsOptions = {
  attempts: maxAttempts,
  backoff: { type: 'custom' },
  removeOnComplete: { age: 30 * 24 * 3600, count: 1000 },
  removeOnFail: { age: 30 * 24 * 3600, count: 1000 },
  stackTraceLimit: 5,
  sizeLimit: maxPayloadBytes,
}

/**
 * Opens the queue of runs, for whoever puts runs there and watches them.
 *
 * @throws QueueError `queue-unreachable` within `timeoutMs`, naming the address
 */
export async function openRunClient({ connection, timeoutMs = 5000 }: RunClientOptions): Promise<RunClient> {
  const client = new RunClient(connection, timeoutMs)
  try {
    await client.counts()
    return client
  } catch (error) {
    await client.close()
    throw error
  }
}

/** Puts runs on the queue, and looks at and changes those that are there. Every call answers within the time set. */
export class RunClient implements AsyncDisposable {
  readonly #connection: QueueConnection
  readonly #timeoutMs: number
  readonly #runs: Queue<RunPayload>
  readonly #tasks: Queue<TaskPayload>
  #lastError: Error | undefined

  /** Use {@link openRunClient}, which sees that the server answers. */
  constructor(connection: QueueConnection, timeoutMs: number) {
    const onError = (error: Error): void => {
      this.#lastError = error
    }
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    this.#runs = createQueue<RunPayload>(queueNames.runs, connection, onError)
    this.#tasks = createQueue<TaskPayload>(queueNames.tasks, connection, onError)
  }

  /**
   * Plans a run, takes its folder, and puts it on the queue. The same corpus and configuration into the same folder is
   * the same run: it is not done twice. A split is two runs, in the folders `train` and `validation`.
   *
   * @throws RunError, CorpusError as a run in one process would before it starts; QueueError
   */
  async enqueue(options: EnqueueOptions): Promise<Enqueued> {
    const runs = await planEnqueue(options)
    let enqueued: Enqueued | undefined
    let submitted = 0
    try {
      for (const { runId, payload, isDone } of runs) {
        const outcome = isDone ? 'done' : await this.submit(runId, payload)
        submitted += 1
        enqueued = { runId, planId: payload.planId, outcome, ...(enqueued && { validation: enqueued }) }
      }
      return enqueued!
    } catch (error) {
      // A worker may have begun with what is on the queue.
      for (const { abandon } of runs.slice(submitted)) await abandon()
      throw error
    }
  }

  /**
   * Puts a run on the queue whose plan is in its folder already.
   *
   * @throws QueueError `queue-unreachable`
   */
  async submit(runId: string, payload: RunPayload): Promise<Exclude<Enqueued['outcome'], 'done'>> {
    const job = await this.#within(this.#runs.getJob(runId))
    if (job === undefined) {
      await this.#add(runId, payload)
      return 'added'
    }
    if (!(await this.#within(isOver(job)))) return 'present'
    await this.#within(job.remove())
    await this.#add(runId, { ...payload, attempt: job.data.attempt + 1 })
    return 'restarted'
  }

  /** @throws QueueError `unknown-run`, `invalid-payload` for a run of another version */
  async status(runId: string): Promise<RunView> {
    const view = await this.#within(this.#job(runId).then(viewRun))
    // A job that ended between the two questions has its state already, but not yet its reason and result.
    const isHalf = (view.state === 'failed' || view.state === 'done') && view.finishedAt === undefined
    return isHalf ? this.#within(this.#job(runId).then(viewRun)) : view
  }

  /** The latest runs, newest first. */
  async list(limit = 50): Promise<readonly RunView[]> {
    const states = ['active', 'waiting', 'delayed', 'prioritized', 'failed', 'completed'] as const
    const jobs = await this.#within(this.#runs.getJobs([...states], 0, limit - 1))
    // One that was removed while the list was made is a hole in it.
    const present = jobs.filter((job) => (job as unknown) !== undefined)
    const views = await this.#within(Promise.all(present.map(viewAnyRun)))
    return views.toSorted((a, b) => b.enqueuedAt - a.enqueuedAt).slice(0, limit)
  }

  /** @throws QueueError `queue-unreachable` */
  async counts(): Promise<TaskCounts> {
    const counts = this.#tasks.getJobCounts('waiting', 'active', 'delayed', 'failed')
    // Together: one that fails after the other did would end the process.
    const both = Promise.all([counts, this.#tasks.getWorkersCount()])
    const [{ waiting = 0, active = 0, delayed = 0, failed = 0 }, workers] = await this.#within(both)
    return { waiting, active, delayed, failed, workers }
  }

  /**
   * Stops a run: its tasks under way end at their next border, those waiting are taken back. What is finished stays.
   *
   * @throws QueueError `unknown-run`, `wrong-state` for one that is over
   */
  async cancel(runId: string): Promise<void> {
    const job = await this.#within(this.#job(runId))
    const { state } = await this.#within(viewRun(job))
    if (state === 'cancelled') return
    if (state === 'done' || state === 'failed') {
      throw new QueueError('wrong-state', `${runId} is ${state}: there is nothing to cancel`)
    }
    await this.#within(job.updateData({ ...job.data, cancelled: true }))
  }

  /**
   * Restarts a run that failed or was cancelled; it resumes from what is finished.
   *
   * @throws QueueError `unknown-run`, `wrong-state` for one that is not over yet, or done
   */
  async retry(runId: string): Promise<void> {
    const job = await this.#within(this.#job(runId))
    const { state } = await this.#within(viewRun(job))
    if (state !== 'failed' && state !== 'cancelled') {
      throw new QueueError(
        'wrong-state',
        `${runId} is ${state}: only a failed or cancelled run can be retried`,
      )
    }
    if ((await this.#within(job.getState())) === 'active') {
      throw new QueueError('wrong-state', `${runId} is still being stopped; try again in a few seconds`)
    }
    await this.#within(job.remove())
    await this.#add(runId, { ...job.data, cancelled: false, attempt: job.data.attempt + 1 })
  }

  /** Closes the connections; does not wait for a server that is away. */
  async close(): Promise<void> {
    const closed = Promise.all([this.#runs.close(), this.#tasks.close()]).catch(() => {})
    // The waits hold the process: without them it would end here, with nothing left to wait for, before its message.
    await Promise.race([closed, delay(1000)])
    // Ends the attempts to connect, which would keep the process alive.
    const ended = Promise.allSettled([this.#runs.disconnect(), this.#tasks.disconnect()])
    await Promise.race([ended, delay(1000)])
  }

  /** Closes the connections. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #job(runId: string): Promise<Job<RunPayload>> {
    const job = await this.#runs.getJob(runId)
    if (job !== undefined) return job
    throw new QueueError(
      'unknown-run',
      `No run ${runId} on ${this.#connection.address}; \`sluice jobs\` lists them`,
    )
  }

  async #add(runId: string, payload: RunPayload): Promise<void> {
    await this.#within(this.#runs.add('run', payload, { ...runOptions, jobId: runId }))
  }

  async #within<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {})
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(this.#unreachable()), this.#timeoutMs)
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #unreachable(): QueueError {
    const what = describeConnectionError(this.#lastError, this.#connection)
    const why = what === '' ? '' : ` (${what})`
    return new QueueError(
      'queue-unreachable',
      `${this.#connection.address} did not answer within ${this.#timeoutMs / 1000} s${why}; start it, or give another address with --redis or SLUICE_REDIS_URL`,
    )
  }
}

async function isOver(job: Job): Promise<boolean> {
  return (await job.isCompleted()) || job.isFailed()
}
