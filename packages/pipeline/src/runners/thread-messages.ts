import type { IdentifySmallOptions, SmallFileIdentities } from '@sluice/corpus'
import type { PackedError } from '@sluice/errors'
import type { ExecutorOptions } from '../execute/task-executor.ts'
import type { TaskOutcome } from '../execute/task-receipt.ts'
import type { Task } from '../task/task.ts'
import type { NamedTokenizer } from '../tokenizer/run-tokenizer.ts'

/** What a task thread starts with. */
export interface ThreadStart {
  /** Folder of the process' cache of compiled code; undefined where it has none. */
  readonly compileCache: string | undefined
}

/**
 * What a task thread is told: `prepare` loads a tokenizer that its tasks will want, `assign` says what they are of, `do` is a
 * task and its number, with memory for the ids that are to be taken from it. `stop` ends a task at its next border, `close` the thread. Before a run is planned, `identify` has it look at
 * small files.
 */
export type ToThread =
  | { readonly prepare: NamedTokenizer }
  | { readonly assign: ExecutorOptions }
  | { readonly do: Task; readonly number: number; readonly memory?: SharedArrayBuffer }
  | { readonly identify: readonly string[]; readonly how: IdentifySmallOptions; readonly number: number }
  | { readonly stop: number }
  | { readonly close: true }

/** What a task thread tells of a task, or of files. */
export type FromThread = { readonly number: number } & (
  | { readonly kind: 'progress'; readonly amount: number }
  | { readonly kind: 'written' }
  | { readonly kind: 'done'; readonly provider: string | undefined; readonly outcome: TaskOutcome }
  | { readonly kind: 'identified'; readonly identities: SmallFileIdentities }
  | { readonly kind: 'failed'; readonly error: PackedError }
)
