import type { ExecutorOptions } from '../task-executor.ts'
import type { Task } from '../task.ts'
import { defaultRetryPolicy, withPolicies, type RetryPolicy } from './retry.ts'
import { runOnThreads } from './run-on-threads.ts'
import type { RunControl, TaskRunner } from './task-runner.ts'
import { TaskThread } from './task-thread-handle.ts'

/** Does tasks on worker threads of this process: a thread takes the next task when it has room. */
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
    await runOnThreads(tasks, this.#threads.length, control, (task, thread, { signal }, onWritten) => {
      const onProgress = (amount: number): void => control.onProgress(task.kind, amount)
      return withPolicies(task, this.#options.plan, this.#policy, { ...control, signal }, () =>
        this.#threads[thread]!.execute(task, signal, onProgress, onWritten),
      )
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }
}
