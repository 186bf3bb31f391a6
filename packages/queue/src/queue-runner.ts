import { setTimeout as delay } from 'node:timers/promises'
import type { DatasetStorage } from '@sluice/dataset'
import {
  findTaskOutcome,
  isInputFault,
  RunError,
  type RunControl,
  type Task,
  type TaskOutcome,
  type TaskRunner,
} from '@sluice/pipeline'
import { parseFailure } from './failure.ts'
import { taskJobId } from './payload.ts'
import type { TaskQueue } from './task-queue.ts'

/** What {@link QueueRunner} works with. */
export interface QueueRunnerOptions {
  readonly queue: TaskQueue
  readonly storage: DatasetStorage
  readonly planId: string
  readonly runId: string
  /** Part of the jobs' ids, so that a run that is started anew does not meet the failed jobs of the last time. */
  readonly attempt: number
  /** A task for a person. */
  readonly describe: (task: Task) => string
  /** Jobs of the run that are on the queue at a time. @default 512 */
  readonly maxOutstanding?: number
  /** Milliseconds of silence after which every outstanding task is looked at. @default 2000 */
  readonly pollMs?: number
  /** Told of what each task made. */
  readonly onOutcome?: (task: Task, outcome: TaskOutcome) => void
  /** Told of a queue that refuses commands; the runner goes on trying. */
  readonly onTrouble?: (error: unknown) => void
  /** Whether the run was committed by somebody else, so that its tasks have nothing left to do. */
  readonly isCommitted?: () => Promise<boolean>
}

/** Thrown by {@link QueueRunner} when somebody else committed the run. */
export class CommittedElsewhere extends Error {
  override readonly name = 'CommittedElsewhere'
}

/** Even while tasks end, all are looked at after so many times `pollMs`. */
const pollsAtMost = 10

interface Outstanding {
  readonly task: Task
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
    this.#options = { maxOutstanding: 512, pollMs: 2000, ...options }
  }

  async run(tasks: Iterable<Task>, control: RunControl): Promise<void> {
    const { queue, pollMs } = this.#options
    const waiting = tasks[Symbol.iterator]()
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

  /** Takes back what nobody has begun: the run will not go on. */
  async withdraw(): Promise<void> {
    await this.#options.queue.withdraw([...this.#outstanding.keys()])
  }

  async close(): Promise<void> {}

  /** Adds tasks while there is room, passing over those that are done. Says whether there are more. */
  async #fill(waiting: Iterator<Task>, control: RunControl): Promise<boolean> {
    const { maxOutstanding, runId, attempt } = this.#options
    // In chunks: one round trip for each job that ends would cost more than the job.
    const room = maxOutstanding - this.#outstanding.size
    if (room < maxOutstanding / 4) return true
    const added: { readonly id: string; readonly task: Task }[] = []
    let next = waiting.next()
    while (next.done !== true) {
      control.signal.throwIfAborted()
      const task = next.value
      if (!(await this.#isDone(task, control))) {
        const id = taskJobId(runId, attempt, task)
        added.push({ id, task })
        this.#outstanding.set(id, { task, attempts: 0 })
        if (added.length >= room) break
      }
      next = waiting.next()
    }
    await this.#add(added, control.signal)
    return next.done !== true
  }

  async #isDone(task: Task, control: RunControl): Promise<boolean> {
    const outcome = await findTaskOutcome(this.#options.storage, this.#options.planId, task)
    if (outcome === undefined) return false
    this.#options.onOutcome?.(task, outcome)
    control.onProgress(task.kind, amountOf(task))
    control.onDone(task)
    return true
  }

  /** Takes those of the jobs off the list that have their receipt; says which have not. */
  async #settle(ids: readonly string[], control: RunControl): Promise<readonly string[]> {
    const open: string[] = []
    for (const id of ids) {
      const outstanding = this.#outstanding.get(id)
      if (outstanding === undefined) continue
      if (await this.#isDone(outstanding.task, control)) this.#outstanding.delete(id)
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
    for (const [at, id] of open.entries()) {
      const view = views[at]!
      const outstanding = this.#outstanding.get(id)!
      if (view.state === 'unknown') unknown.push(id)
      else if (view.state === 'failed') {
        // It may have been done all the same, by one who was thought dead.
        if ((await this.#settle([id], control)).length === 0) continue
        const failure = this.#failureOf(outstanding.task, view.reason)
        if ((await control.onPoison?.(outstanding.task, failure)) !== true) throw failure
        await this.#settle([id], control)
      } else if (view.attempts > outstanding.attempts) {
        outstanding.attempts = view.attempts
        control.onRetry(outstanding.task, parseFailure(view.lastFailure ?? 'unknown'))
      }
    }
    // A job ends after its receipt: one that was gone when looked at, and still has none, is lost.
    const lost = await this.#settle(unknown, control)
    await this.#add(
      lost.map((id) => ({ id, task: this.#outstanding.get(id)!.task })),
      control.signal,
    )
  }

  #failureOf(task: Task, reason: string): Error {
    const error = parseFailure(reason)
    if (isInputFault(error)) return error
    return new RunError('poisonous-task', `${this.#options.describe(task)} failed: ${error.message}`, {
      cause: error,
    })
  }

  /** What cannot be added now is outstanding all the same: the next look finds it lost, and adds it. */
  async #add(
    added: readonly { readonly id: string; readonly task: Task }[],
    signal: AbortSignal,
  ): Promise<void> {
    if (added.length === 0) return
    await abortable(this.#options.queue.add(added), signal).catch((error: unknown) => {
      signal.throwIfAborted()
      this.#options.onTrouble?.(error)
    })
  }
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

/** Hints that came in since the last time. */
class EndedJobs {
  #ids: string[] = []
  #wake: () => void = () => {}

  add(id: string): void {
    this.#ids.push(id)
    this.#wake()
  }

  /** The hints so far, or those that come within some milliseconds. */
  async next(milliseconds: number, signal: AbortSignal): Promise<readonly string[]> {
    if (this.#ids.length === 0) {
      const woken = new AbortController()
      this.#wake = () => woken.abort()
      await delay(milliseconds, undefined, { signal: AbortSignal.any([woken.signal, signal]) }).catch(
        () => {},
      )
      signal.throwIfAborted()
    }
    const ids = this.#ids
    this.#ids = []
    return ids
  }
}

/** A command to a queue that is away waits for its return, which must not keep a run from being stopped. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason as Error)
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
    promise.catch(() => {})
  }
}
