import type { SluiceError } from '@sluice/errors'
import type { TaskOutcome } from '../execute/task-receipt.ts'
import type { Task } from '../task/task.ts'

/** How a batch of tasks is watched and stopped. */
export interface RunControl {
  readonly signal: AbortSignal
  /** Told of work done since the last call, by the kind of task. */
  readonly onProgress: (kind: Task['kind'], amount: number) => void
  /** Told what a task made, before it counts as done. Runners of other processes tell nothing: the receipts are there. */
  readonly onOutcome?: (task: Task, outcome: TaskOutcome) => void
  /** Told of every task that was done, in any order. */
  readonly onDone: (task: Task) => void
  /** Told of a failure that will be tried again. */
  readonly onRetry: (task: Task, error: unknown) => void
  /**
   * Asked about a task that was given up, of which {@link mayBeLeftOut} holds. Returns the tasks to do in its place, none where
   * nothing is left to do about it; undefined, or nobody to ask: the run ends with the error.
   */
  readonly onGivenUp?: (task: Task, error: SluiceError) => Promise<readonly Task[] | undefined>
}

/**
 * Carries tasks out, in any order, each at least once. What came of them is in their receipts: a runner's word that
 * all is done is never enough, and a task done twice is harmless.
 */
export interface TaskRunner {
  /**
   * Runs all tasks. Tasks are taken as there is room for them.
   *
   * @throws unless `onGivenUp` leaves the task out: the first failure that is not worth another try, or RunError `poisonous-task` after the last one
   */
  run(tasks: Iterable<Task>, control: RunControl): Promise<void>
  /** The execution provider that embeds; undefined until it is known. */
  readonly provider: string | undefined
  /** Ends the runner's threads and connections, after the tasks under way. */
  close(): Promise<void>
}
