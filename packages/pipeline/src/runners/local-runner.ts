import { TaskExecutor, type ExecutorOptions, type ExecutorResources } from '../execute/task-executor.ts'
import { shareVectors } from '../parts/shared-vectors.ts'
import type { Task } from '../task/task.ts'
import { defaultAttempts, withPolicies } from './retry.ts'
import { runOnThreads } from './run-on-threads.ts'
import type { RunControl, TaskRunner } from './task-runner.ts'
import type { TaskThread } from './task-thread-handle.ts'

/** What {@link LocalRunner} works with. */
export interface LocalRunnerOptions extends ExecutorResources {
  /** Worker threads that help the calling one. The owner may reuse them across runners. @default none */
  readonly helpers?: readonly TaskThread[]
  /** Attempts that a task gets; 1 where a batch engine tries again. @default 3 */
  readonly attempts?: number
}

/**
 * Does tasks in this process: on the calling thread, which has what planning loaded and sees to its events after every
 * record batch, and on worker threads beside it.
 */
export class LocalRunner implements TaskRunner {
  readonly #executor: TaskExecutor
  readonly #helpers: readonly TaskThread[]
  readonly #options: ExecutorOptions
  readonly #attempts: number

  constructor(
    given: ExecutorOptions,
    { helpers = [], attempts = defaultAttempts, ...resources }: LocalRunnerOptions = {},
  ) {
    const shared = helpers.length > 0 ? shareVectors(given.run.plan, given.provider) : undefined
    const options = { ...given, ...(shared && { shared }) }
    this.#attempts = attempts
    this.#executor = new TaskExecutor(options, resources)
    this.#helpers = helpers
    this.#options = options
    for (const helper of helpers) helper.assign(options)
  }

  get provider(): string | undefined {
    const providers = [this.#executor, ...this.#helpers].map(({ provider }) => provider)
    return providers.find((provider) => provider !== undefined)
  }

  async run(tasks: Iterable<Task>, control: RunControl): Promise<void> {
    // The helpers are given their tasks before the calling thread is busy with one.
    const threads = [...this.#helpers, this.#executor]
    const known = { count: threads.length, isAfar: (thread: number) => thread < this.#helpers.length }
    await runOnThreads(tasks, known, control, (task, thread, { signal }, onWritten) => {
      const onProgress = (amount: number): void => control.onProgress(task.kind, amount)
      return withPolicies(
        task,
        this.#options.run.plan,
        { ...control, signal, attempts: this.#attempts },
        async (one) => {
          const outcome = await threads[thread]!.execute(one, { signal, onProgress, onWritten })
          control.onOutcome?.(one, outcome)
        },
      )
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#executor, ...this.#helpers].map((thread) => thread.close()))
  }
}
