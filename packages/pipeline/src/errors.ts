import { isSluiceError, SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'

/** Every code of this package with whose fault it is. */
export const codes = {
  /** An option is missing, unknown, of the wrong type or out of range. */
  'invalid-config': 'input',
  /** The corpus holds fewer ids than one window and its target need. */
  'too-short': 'input',
  /** A stretch of a text has no place to cut it, and is longer than one that is held. */
  'unbroken-text': 'input',
  /** Ids are left over after the last window, and the configuration says that this is an error. */
  'short-tail': 'input',
  /** The output folder holds a dataset or another run’s plan. */
  'already-exists': 'input',
  /** The output folder holds files that are not this run’s. */
  'not-empty': 'input',
  /** The disk does not have room for what the run would write. */
  'no-space': { blame: 'machine', retry: 'later' },
  /** A task failed each time it was tried. */
  'poisonous-task': { blame: 'machine', retry: 'never', isolated: true },
  /** This program’s tokenizer is not the one of the plan. */
  'other-tokenizer': 'input',
  /** A job names a path outside the folders that a worker may use. */
  'forbidden-path': 'input',
  /** What an earlier attempt left in the folder is damaged. */
  'broken-state': 'machine',
  /** A folder has no plan that this version can carry out: none, a damaged one, or one of another version. */
  'unusable-plan': 'input',
  /** A source is no longer what the dataset was made from. */
  'corpus-changed': 'input',
  /** The caller stopped the run; what was finished stays. */
  aborted: 'caller',
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type RunErrorCode = keyof typeof codes

/** Thrown where a run cannot start or resume: one line that says what, where, expected, got, and what to do. */
export class RunError extends SluiceError<RunErrorCode> {
  override readonly name = 'RunError'

  constructor(code: RunErrorCode, message: string | Sentence, facts?: ErrorFacts) {
    super(code, codes[code], message, facts)
  }
}

/** Whether an error concerns one task only, so that a run may leave the task out: it failed too often, or its file is damaged. */
export function isPoison(error: unknown): error is SluiceError {
  return isSluiceError(error) && error.isolated
}

/** Whether a run that leaves holes is asked about a failure: one that is poison, or whose input is at fault, which may lie behind a hole. */
export function mayBeLeftOut(error: unknown): error is SluiceError {
  return isSluiceError(error) && (error.isolated || error.blame === 'input')
}
