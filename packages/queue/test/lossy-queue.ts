import { setTimeout as delay } from 'node:timers/promises'
import { TaskExecutor, type ExecutorOptions } from '@sluice/pipeline'
import { formatFailure } from '../src/failure.ts'
import type { JobView, TaskJob, TaskQueue } from '../src/task-queue.ts'

/** How a {@link LossyQueue} misbehaves: probabilities. */
export interface Losses {
  /** A job that is added is dropped. */
  readonly drop: number
  /** A job is done twice. */
  readonly repeat: number
  /** Nobody is told that a job is over. */
  readonly silence: number
  /** All jobs are forgotten, before one is taken. */
  readonly forget: number
  /** A job is begun and its worker dies before the end. */
  readonly die: number
  /** A command is refused. */
  readonly refuse: number
}

export const terribleLosses: Losses = {
  drop: 0.2,
  repeat: 0.3,
  silence: 0.4,
  forget: 0.1,
  die: 0.2,
  refuse: 0.2,
}

/** A queue in memory that loses, repeats, reorders and forgets, with two workers that do the tasks for real. */
export class LossyQueue implements TaskQueue, AsyncDisposable {
  readonly #jobs = new Map<string, TaskJob>()
  readonly #failed = new Map<string, string>()
  readonly #listeners = new Set<(id: string) => void>()
  readonly #random: () => number
  readonly #losses: Losses
  readonly #workers: readonly Promise<void>[]
  #closed = false

  constructor(options: ExecutorOptions, random: () => number, losses: Losses) {
    this.#random = random
    this.#losses = losses
    this.#workers = [this.#work(new TaskExecutor(options)), this.#work(new TaskExecutor(options))]
  }

  async add(jobs: readonly TaskJob[]): Promise<void> {
    this.#refuseSometimes()
    for (const job of jobs) {
      if (this.#happens('drop') || this.#failed.has(job.id)) continue
      this.#jobs.set(job.id, job)
    }
  }

  async look(ids: readonly string[]): Promise<readonly JobView[]> {
    this.#refuseSometimes()
    return ids.map((id) => {
      const reason = this.#failed.get(id)
      if (reason !== undefined) return { state: 'failed', reason }
      if (!this.#jobs.has(id)) return { state: 'unknown' }
      return { state: 'pending', attempts: 0, lastFailure: undefined }
    })
  }

  async withdraw(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#jobs.delete(id)
  }

  onEnded(listener: (id: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all(this.#workers)
  }

  async #work(executor: TaskExecutor): Promise<void> {
    while (!this.#closed) {
      if (this.#happens('forget')) this.#jobs.clear()
      const jobs = [...this.#jobs.values()]
      const job = jobs[Math.floor(this.#random() * jobs.length)]
      if (job === undefined) {
        await delay(1)
        continue
      }
      if (!this.#happens('repeat')) this.#jobs.delete(job.id)
      const stop = new AbortController()
      if (this.#happens('die')) stop.abort()
      try {
        for (const task of job.tasks) {
          await executor.execute(task, { signal: stop.signal, onProgress: () => {} })
        }
      } catch (error) {
        // One that died has told nobody; the job is gone with it.
        if (!stop.signal.aborted) this.#failed.set(job.id, formatFailure(error))
      }
      if (!this.#happens('silence')) for (const listener of this.#listeners) listener(job.id)
    }
    await executor.close()
  }

  #refuseSometimes(): void {
    if (this.#happens('refuse')) throw new Error('refused')
  }

  #happens(loss: keyof Losses): boolean {
    return this.#random() < this.#losses[loss]
  }
}
