import type { ResourceLimits } from 'node:worker_threads'
import { setTimeout as delay } from 'node:timers/promises'
import type { Queue, QueueEvents, Telemetry, Worker } from 'bullmq'
import { createQueue, createQueueEvents, createWorker } from '../bullmq/backend.ts'
import { mostThreadsOf, type RunProvider } from '@sluice/pipeline'
import type { QueueConnection } from '../connection.ts'
import { queueNames, type RunPayload, type TaskPayload } from '../payload.ts'
import { RunPlaces } from '../run-place.ts'
import { Cancellations } from './cancellations.ts'
import { coordinateRun } from './coordinate-run.ts'
import { doTask } from './do-task.ts'
import { ErrorBrake } from './error-brake.ts'
import { backoffMs } from './job-error.ts'
import { readServerSettings, whyOpen } from './open-server.ts'
import { tasksPerThread, ThreadPool } from './thread-pool.ts'
import type { WorkerEvent } from './worker-event.ts'

/** Options of {@link QueueWorker}. */
export interface QueueWorkerOptions {
  readonly connection: QueueConnection
  /** The data root: jobs name their folders below it. */
  readonly root: string
  /** Folders that sources are confined to. @default the data root */
  readonly sourceRoots?: readonly string[]
  /** What looks embeddings up. Changes nothing in the output. @default the fastest on a processor, by the size of the tables */
  readonly provider?: RunProvider
  /** Worker threads. Each has two jobs at a time: one is published while the other is done. */
  readonly threads: number
  /** Which queues to take jobs from. @default both */
  readonly queues?: readonly ('runs' | 'tasks')[]
  /** Runs coordinated at a time. They compute nothing. @default 16 */
  readonly runs?: number
  /** Milliseconds after which a job of a worker that went silent may be taken by another. @default 45000 */
  readonly lockMs?: number
  /** Milliseconds between two searches for such jobs. @default 5000 */
  readonly stalledMs?: number
  /** Starts that a job gets before it is thought to be what kills the workers. @default 12 */
  readonly maxStarts?: number
  /** Milliseconds between two looks of a coordinator at its tasks. @default 2000 */
  readonly pollMs?: number
  /** Of each thread's JavaScript heap. */
  readonly threadLimits?: ResourceLimits
  readonly telemetry?: Telemetry
  /** Told what happens, as it happens. */
  readonly on?: (event: WorkerEvent) => void
}

/**
 * Takes jobs of runs and of their tasks, and does the tasks on worker threads: never on the thread that keeps the jobs'
 * locks alive, or a long task would be thrown away and begun again for ever.
 */
export class QueueWorker {
  readonly #options: QueueWorkerOptions
  readonly #stop = new AbortController()
  readonly #pool: ThreadPool
  readonly #workers: Worker[] = []
  readonly #brakes: ErrorBrake[] = []
  readonly #queues: { readonly runs: Queue<RunPayload>; readonly tasks: Queue<TaskPayload> }
  readonly #events: QueueEvents | undefined
  readonly #cancellations: Cancellations
  readonly #on: (event: WorkerEvent) => void

  constructor(options: QueueWorkerOptions) {
    const { connection, root, telemetry, queues = ['runs', 'tasks'], on = () => {} } = options
    const threads = Math.min(options.threads, mostThreadsOf(options.provider))
    this.#options = options
    this.#on = on
    this.#pool = new ThreadPool(threads, options.threadLimits)
    this.#queues = {
      runs: createQueue<RunPayload>(queueNames.runs, connection, this.#errorOf('runs'), telemetry),
      tasks: createQueue<TaskPayload>(queueNames.tasks, connection, this.#errorOf('tasks'), telemetry),
    }
    this.#cancellations = new Cancellations(this.#queues.runs, options.pollMs ?? 2000)
    const shared = {
      places: new RunPlaces(root),
      sourceRoots: options.sourceRoots ?? [root],
      cancellations: this.#cancellations,
      stop: this.#stop.signal,
      on,
    }
    if (queues.includes('tasks')) {
      const context = { ...shared, pool: this.#pool, ...(options.provider && { provider: options.provider }) }
      this.#work<TaskPayload>('tasks', threads * tasksPerThread, (job, token = '') =>
        doTask(job, token, context),
      )
    }
    if (queues.includes('runs')) {
      const events = createQueueEvents(queueNames.tasks, connection, this.#errorOf('events'))
      this.#events = events
      const context = { ...shared, tasks: this.#queues.tasks, events, pollMs: options.pollMs ?? 2000 }
      this.#work<RunPayload>('runs', options.runs ?? 16, (job, token = '') =>
        coordinateRun(job, token, context),
      )
    }
  }

  /** Threads that are at work. */
  get busyThreads(): number {
    return this.#pool.busy
  }

  get queues(): { readonly runs: Queue<RunPayload>; readonly tasks: Queue<TaskPayload> } {
    return this.#queues
  }

  /** Whether the server answers within some milliseconds. */
  async ping(milliseconds: number): Promise<boolean> {
    const answered = this.#queues.runs.getJobCounts('waiting').then(
      () => true,
      () => false,
    )
    return Promise.race([answered, delay(milliseconds, false, { ref: false })])
  }

  /** Says why the queue's server is open to others than its users, once it answers; undefined where it is not, or does not say. */
  async whyServerIsOpen(): Promise<string | undefined> {
    await this.#queues.runs.waitUntilReady()
    return whyOpen(this.#options.connection, await readServerSettings(this.#queues.runs))
  }

  /**
   * Ends: takes no more jobs, lets those under way finish within `drainMs`, gives the rest back to the queue. Returns
   * within about `drainMs` and a few seconds, whether the server answers or not.
   *
   * @returns whether everything was closed; otherwise the process must be ended with what still hangs in it
   */
  async close(drainMs: number): Promise<boolean> {
    for (const brake of this.#brakes) brake[Symbol.dispose]()
    this.#cancellations[Symbol.dispose]()
    // BullMQ's own close waits for ever where the server is away.
    const closed = Promise.all(this.#workers.map((worker) => worker.close()))
    const idle = this.#untilIdle(drainMs)
    await Promise.race([closed, idle])
    this.#stop.abort()
    const rest = (async () => {
      await closed
      await this.#pool.close()
      await Promise.all([this.#events?.close(), this.#queues.runs.close(), this.#queues.tasks.close()])
      return true
    })()
    rest.catch(() => {})
    return Promise.race([rest, delay(closeMs, false)])
  }

  /** Waits for the tasks under way. A run is given back at once: its tasks continue without it. */
  async #untilIdle(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds
    while (this.#pool.busy > 0 && performance.now() < end) await delay(50)
  }

  #work<T>(
    queue: 'runs' | 'tasks',
    concurrency: number,
    processor: Parameters<typeof createWorker<T>>[1],
  ): void {
    const { connection, lockMs = 45_000, stalledMs = 5000, maxStarts = 12, telemetry } = this.#options
    const worker = createWorker<T>(
      queueNames[queue],
      processor,
      connection,
      {
        concurrency,
        lockDuration: queue === 'runs' ? Math.min(lockMs, runLockMs) : lockMs,
        stalledInterval: stalledMs,
        // A stall is a mishap of the machinery, not of the job: a lost reply makes one. Starts are counted instead.
        maxStalledCount: 1000,
        // A run computes nothing that could kill its worker, and is handed on at every restart.
        maxStartedAttempts: queue === 'tasks' ? maxStarts : 1000,
        runRetryDelay: 1000,
        settings: { backoffStrategy: backoffMs },
        ...(telemetry && { telemetry }),
      },
      (error) => {
        this.#errorOf(queue)(error)
        brake.count(error)
      },
    )
    const brake = new ErrorBrake(
      worker as Worker,
      () => this.#queues[queue].trimEvents(keptEvents),
      (error, milliseconds) =>
        this.#on({ event: 'braked', queue, why: error.message, seconds: milliseconds / 1000 }),
    )
    worker.on('stalled', (jobId) => this.#on({ event: 'stalled', jobId }))
    worker.on('lockRenewalFailed', (jobIds) => this.#on({ event: 'lock-lost', jobIds }))
    this.#workers.push(worker as Worker)
    this.#brakes.push(brake)
  }

  #errorOf(queue: string): (error: Error) => void {
    return (error) => this.#on({ event: 'error', queue, error })
  }
}

/**
 * Milliseconds that a run may be without its coordinator. Shorter than a task's: to coordinate a run twice costs nothing, and
 * nobody hears how far a run is whose coordinator is dead.
 */
const runLockMs = 15_000

/** Events that BullMQ keeps by default. */
const keptEvents = 10_000

/** Milliseconds for what remains after the drain: telling the queue, ending threads, closing connections. */
const closeMs = 5000
