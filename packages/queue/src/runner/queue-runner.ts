import { blameOf, codeOf, retryOf } from '@sluice/errors'
import type { DatasetStorage } from '@sluice/dataset'
import {
  findTaskOutcome,
  mayBeLeftOut,
  RunError,
  type RunControl,
  type Task,
  type TaskOutcome,
  type TaskRunner,
} from '@sluice/pipeline'
import { parseFailure } from '../failure.ts'
import { taskJobId } from '../payload.ts'
import type { TaskJob, TaskQueue } from '../task-queue.ts'
import { abortable } from './abortable.ts'
import { EndedJobs } from './ended-jobs.ts'
import { defaultBatchBytes, groupTasks } from './group-tasks.ts'

/** What {@link QueueRunner} works with. */
export interface QueueRunnerOptions {
  readonly queue: TaskQueue
  readonly storage: DatasetStorage
  readonly planId: string
  readonly runId: string
  /** Part of the jobs' ids, so that a run that is started again does not meet the failed jobs of the last time. */
  readonly attempt: number
  /** A task for a person. */
  readonly describe: (task: Task) => string
  /** Jobs of the run that are on the queue at a time. @default 512 */
  readonly maxOutstanding?: number
  /** Bytes of small sources that are tokenized as one job. @default 256 KiB */
  readonly batchBytes?: number
  /** Milliseconds of silence after which every outstanding task is looked at. @default 2000 */
  readonly pollMs?: number
  /** Told of what each task made. */
  readonly onOutcome?: (task: Task, outcome: TaskOutcome) => void
  /** Told of a queue that refuses commands; the runner keeps trying. */
  readonly onTrouble?: (error: unknown) => void
  /** Whether the run was committed by somebody else, so that its tasks have nothing left to do. */
  readonly isCommitted?: () => Promise<boolean>
}

/** Thrown by {@link QueueRunner} when somebody else committed the run. */
export class CommittedElsewhere extends Error {
  override readonly name = 'CommittedElsewhere'
}

/** Tasks that are on the queue at a time, for each job that may be: small tasks share a job. */
const tasksForJob = 4

/** Rechecks every job at least every N polls, even while tasks end. */
const pollsAtMost = 10

/** A job on the queue. */
interface Outstanding {
  readonly tasks: readonly Task[]
  /** Those of them that have no receipt yet, as far as is known. */
  open: readonly Task[]
  attempts: number
}

/**
 * Puts tasks on a queue and waits for their receipts. A task is done when its receipt is there and never before; one
 * that the queue no longer knows and that has no receipt is added again. So a queue that loses everything costs time,
 * and a task that is done already is not even added.
 */
export class QueueRunner implements TaskRunner {
  readonly provider = undefined
  readonly #options: Required<Omit<QueueRunnerOptions, 'onOutcome' | 'onTrouble' | 'isCommitted'>> &
    QueueRunnerOptions
  #outstanding = new Map<string, Outstanding>()

  constructor(options: QueueRunnerOptions) {
    this.#options = { maxOutstanding: 512, pollMs: 2000, batchBytes: defaultBatchBytes, ...options }
  }

  async run(tasks: Iterable<Task>, control: RunControl): Promise<void> {
    const { queue, pollMs, batchBytes } = this.#options
    const waiting = groupTasks(this.#openTasks(tasks, control), batchBytes)
    const ended = new EndedJobs()
    this.#outstanding = new Map()
    using _ = queue.onEnded((id) => ended.add(id))
    let looked = performance.now()
    // While tasks end, the queue is alive; what it has lost in between is found when it falls silent, or in a while.
    let heard = looked
    for (let more = true; more || this.#outstanding.size > 0;) {
      control.signal.throwIfAborted()
      if (more) more = await this.#fill(waiting, control)
      const due = Math.min(heard + pollMs, looked + pollsAtMost * pollMs) - performance.now()
      const ids = due > 0 ? await ended.next(due, control.signal) : []
      const open = await this.#settle(ids, control)
      if (ids.length > open.length) heard = performance.now()
      // One that is over without a receipt has failed: that is told at once.
      if (due > 0 && open.length === 0) continue
      await this.#look(due > 0 ? open : [...this.#outstanding.keys()], control)
      if (due <= 0) heard = looked = performance.now()
    }
  }

  /** Takes back the tasks that nobody has begun: the run has ended. */
  async withdraw(): Promise<void> {
    await this.#options.queue.withdraw([...this.#outstanding.keys()])
  }

  async close(): Promise<void> {}

  /** Passes over those that are done. */
  async *#openTasks(tasks: Iterable<Task>, control: RunControl): AsyncGenerator<Task, void> {
    for (const task of tasks) {
      control.signal.throwIfAborted()
      if (!(await this.#isDone(task, control))) yield task
    }
  }

  /** Adds jobs while there is room. Says whether there are more. */
  async #fill(waiting: AsyncGenerator<readonly Task[], void>, control: RunControl): Promise<boolean> {
    const { maxOutstanding } = this.#options
    let jobs = maxOutstanding - this.#outstanding.size
    let tasks = tasksForJob * maxOutstanding
    for (const { open } of this.#outstanding.values()) tasks -= open.length
    // In chunks: one round trip for each job that ends would cost more than the job.
    if (Math.min(jobs, tasks) < maxOutstanding / 4) return true
    const added: TaskJob[] = []
    let more = true
    while (more && jobs > 0 && tasks > 0) {
      const next = await waiting.next()
      more = next.done !== true
      if (next.done === true) break
      added.push(this.#expect(next.value))
      jobs--
      tasks -= next.value.length
    }
    await this.#add(added, control.signal)
    return more
  }

  /** A job of these tasks, waited for from now on. */
  #expect(tasks: readonly Task[]): TaskJob {
    const { runId, attempt } = this.#options
    const id = taskJobId(runId, attempt, tasks)
    this.#outstanding.set(id, { tasks, open: tasks, attempts: 0 })
    return { id, tasks }
  }

  async #isDone(task: Task, control: RunControl): Promise<boolean> {
    const outcome = await findTaskOutcome(this.#options.storage, this.#options.planId, task)
    if (outcome === undefined) return false
    this.#options.onOutcome?.(task, outcome)
    control.onProgress(task.kind, amountOf(task))
    control.onDone(task)
    return true
  }

  /** Takes those of the jobs off the list whose tasks have their receipts; says which have not. */
  async #settle(ids: readonly string[], control: RunControl): Promise<readonly string[]> {
    const open: string[] = []
    for (const id of ids) {
      const outstanding = this.#outstanding.get(id)
      if (outstanding === undefined) continue
      const left: Task[] = []
      for (const task of outstanding.open) if (!(await this.#isDone(task, control))) left.push(task)
      outstanding.open = left
      if (left.length === 0) this.#outstanding.delete(id)
      else open.push(id)
    }
    return open
  }

  async #look(ids: readonly string[], control: RunControl): Promise<void> {
    const { queue, isCommitted, onTrouble = () => {} } = this.#options
    const open = await this.#settle(ids, control)
    if (open.length === 0) return
    if ((await isCommitted?.()) === true) throw new CommittedElsewhere('the run is committed')
    const views = await abortable(queue.look(open), control.signal).catch((error: unknown) => {
      control.signal.throwIfAborted()
      onTrouble(error)
    })
    if (views === undefined) return
    const unknown: string[] = []
    const added: TaskJob[] = []
    for (const [at, id] of open.entries()) {
      const view = views[at]!
      const outstanding = this.#outstanding.get(id)!
      if (view.state === 'unknown') unknown.push(id)
      else if (view.state === 'failed') added.push(...(await this.#giveUp(id, view.reason, control)))
      else if (view.attempts > outstanding.attempts) {
        outstanding.attempts = view.attempts
        control.onRetry(outstanding.open[0]!, parseFailure(view.lastFailure ?? 'unknown'))
      }
    }
    // A job ends after its receipts: one that was gone when looked at, and still lacks one, is lost.
    for (const id of await this.#settle(unknown, control)) {
      added.push({ id, tasks: this.#outstanding.get(id)!.open })
    }
    await this.#add(added, control.signal)
  }

  /**
   * Ends with a job that failed. Several tasks are taken apart, for each to be tried alone: which of them it was is not to
   * be guessed.
   */
  async #giveUp(id: string, reason: string, control: RunControl): Promise<readonly TaskJob[]> {
    // They may have been done all the same, by one who was thought dead.
    if ((await this.#settle([id], control)).length === 0) return []
    const { tasks, open } = this.#outstanding.get(id)!
    if (tasks.length > 1) {
      this.#outstanding.delete(id)
      return open.map((one) => this.#expect([one]))
    }
    const task = open[0]!
    const error = parseFailure(reason)
    const failure = this.#failureOf(task, error)
    // Neither a full disk nor a cancelled run is a reason to leave text out of a dataset.
    const isAsked = mayBeLeftOut(failure) && retryOf(error) !== 'later' && !isOfQueue(error)
    const instead = isAsked ? await control.onGivenUp?.(task, failure) : undefined
    if (instead === undefined) throw failure
    if (instead.length === 0) {
      await this.#settle([id], control)
      return []
    }
    this.#outstanding.delete(id)
    return instead.map((one) => this.#expect([one]))
  }

  #failureOf(task: Task, error: Error): Error {
    if (blameOf(error) === 'input') return error
    return new RunError('poisonous-task', `${this.#options.describe(task)} failed: ${error.message}`, {
      cause: error,
    })
  }

  /** What cannot be added now is outstanding all the same: the next look finds it lost, and adds it. */
  async #add(added: readonly TaskJob[], signal: AbortSignal): Promise<void> {
    if (added.length === 0) return
    await abortable(this.#options.queue.add(added), signal).catch((error: unknown) => {
      signal.throwIfAborted()
      this.#options.onTrouble?.(error)
    })
  }
}

function isOfQueue(error: Error): boolean {
  const code = codeOf(error)
  return code === 'cancelled' || code === 'queue-unreachable'
}

function amountOf(task: Task): number {
  switch (task.kind) {
    case 'tokenize':
      return task.byteLength
    case 'tables':
      return 1
    case 'embed':
      return task.rows
  }
}
