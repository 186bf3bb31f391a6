import type { ExecutorOptions } from '../task-executor.ts'
import type { Task } from '../task.ts'
import { defaultRetryPolicy, withPolicies, type RetryPolicy } from './retry.ts'
import type { RunControl, TaskRunner } from './task-runner.ts'
import { TaskThread } from './task-thread-handle.ts'

/** Does tasks on worker threads of this process, one a thread: a thread takes the next task when it has room. */
export class ThreadRunner implements TaskRunner {
  readonly #threads: readonly TaskThread[]
  readonly #options: ExecutorOptions
  readonly #policy: RetryPolicy

  constructor(options: ExecutorOptions, threads: number, policy: RetryPolicy = defaultRetryPolicy) {
    this.#options = options
    this.#policy = policy
    this.#threads = Array.from({ length: threads }, () => new TaskThread(options))
  }

  get provider(): string | undefined {
    return this.#threads.find(({ provider }) => provider !== undefined)?.provider
  }

  async run(tasks: Iterable<Task>, control: RunControl): Promise<void> {
    const queue = tasks[Symbol.iterator]()
    // One failure stops the others too: they end at their next border, and what they finished stays.
    const failure = new AbortController()
    const signal = AbortSignal.any([control.signal, failure.signal])
    const work = async (thread: TaskThread): Promise<void> => {
      for (let next = queue.next(); next.done !== true; next = queue.next()) {
        await this.#execute(next.value, thread, { ...control, signal })
        control.onDone(next.value)
      }
    }
    const results = await Promise.allSettled(
      this.#threads.map((thread) =>
        work(thread).catch((error: unknown) => {
          failure.abort()
          throw error
        }),
      ),
    )
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    )
    if (reasons.length > 0) throw reasons.find((reason) => !isAbort(reason)) ?? reasons[0]
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }

  #execute(task: Task, thread: TaskThread, control: RunControl): Promise<void> {
    const onProgress = (amount: number): void => control.onProgress(task.kind, amount)
    return withPolicies(task, this.#options.plan, this.#policy, control, () =>
      thread.execute(task, control.signal, onProgress),
    )
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
