/**
 * What stopped a run, for code that handles it:
 *
 * - `invalid-config`: an option is missing, unknown, of the wrong type or out of range.
 * - `too-short`: the corpus holds fewer ids than one window and its target need.
 * - `short-tail`: ids are left over after the last window, and the configuration says that this is an error.
 * - `already-exists`: the output folder holds a dataset or another run's plan.
 * - `not-empty`: the output folder holds files that are not this run's.
 * - `no-space`: the disk does not have room for what the run would write.
 * - `poisonous-task`: a task failed each time it was tried.
 * - `other-tokenizer`: this program's tokenizer is not the one of the plan.
 * - `forbidden-path`: a job names a path outside the folders that a worker may use.
 * - `broken-state`: what an earlier attempt left in the folder is damaged.
 * - `aborted`: the caller stopped the run; what was finished stays.
 */
export type RunErrorCode =
  | 'invalid-config'
  | 'too-short'
  | 'short-tail'
  | 'already-exists'
  | 'not-empty'
  | 'no-space'
  | 'poisonous-task'
  | 'other-tokenizer'
  | 'forbidden-path'
  | 'broken-state'
  | 'aborted'

/** Thrown where a run cannot start or go on: one line that says what, where, expected, got, and what to do. */
export class RunError extends Error {
  override readonly name = 'RunError'
  readonly code: RunErrorCode

  constructor(code: RunErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Codes of failures that are not the input's: the machine's, or what an earlier attempt left. */
const otherFaults = new Set<unknown>([
  'poisonous-task',
  'broken-state',
  'aborted',
  'network',
  'http-status',
  'not-readable',
])

/** Whether the input is to blame, so that running again without changing it cannot help. */
export function isInputFault(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  if (error.name === 'EmbeddingError') return error.code === 'provider-unavailable'
  return (error.name === 'RunError' || error.name === 'CorpusError') && !otherFaults.has(error.code)
}

/** Whether a task was given up for reasons of its own, which need not concern the others: it failed too often, or its file is damaged. */
export function isPoison(error: unknown): error is Error & { readonly code: string } {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === 'poisonous-task' || error.code === 'broken-file'
}

/** Whether the disk filled up. */
export function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'no-space'
}
