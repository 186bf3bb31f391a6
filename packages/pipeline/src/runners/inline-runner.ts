import { TaskExecutor, type ExecutorOptions } from '../task-executor.ts'
import type { Task } from '../task.ts'
import { defaultRetryPolicy, withPolicies, type RetryPolicy } from './retry.ts'
import { runOnThreads } from './run-on-threads.ts'
import type { RunControl, TaskRunner } from './task-runner.ts'

/** Does one task after the other on the calling thread: the quickest way for a small corpus, and the plainest. */
export class InlineRunner implements TaskRunner {
  readonly #executor: TaskExecutor
  readonly #options: ExecutorOptions
  readonly #policy: RetryPolicy

  constructor(options: ExecutorOptions, policy: RetryPolicy = defaultRetryPolicy) {
    this.#executor = new TaskExecutor(options)
    this.#options = options
    this.#policy = policy
  }

  get provider(): string | undefined {
    return this.#executor.provider
  }

  async run(tasks: Iterable<Task>, control: RunControl): Promise<void> {
    await runOnThreads(tasks, 1, control, (task, _thread, { signal }, onWritten) => {
      const onProgress = (amount: number): void => control.onProgress(task.kind, amount)
      return withPolicies(task, this.#options.plan, this.#policy, { ...control, signal }, () =>
        this.#executor.execute(task, { signal, onProgress, onWritten }),
      )
    })
  }

  close(): Promise<void> {
    return this.#executor.close()
  }
}
