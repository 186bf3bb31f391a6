import { SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'

/** Every code of this package with whose fault it is. */
export const codes = {
  /** An invalid option, or two that contradict each other. */
  'invalid-argument': 'input',
  /** There is no window to draw from. */
  empty: 'input',
  /** A state of another dataset or order, or sources that cannot be mixed. */
  mismatch: 'input',
  /** A newer iteration of the same loader was started. */
  superseded: 'caller',
  /** The loader was closed. */
  closed: 'caller',
  /** A reading thread ended on its own. */
  'worker-failed': 'machine',
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type DataLoaderErrorCode = keyof typeof codes

/** Thrown by everything in this package: one line that says what was expected, what came, and what to do. */
export class DataLoaderError extends SluiceError<DataLoaderErrorCode> {
  override readonly name = 'DataLoaderError'

  constructor(code: DataLoaderErrorCode, message: string | Sentence, facts?: ErrorFacts) {
    super(code, codes[code], message, facts)
  }
}

/** @throws DataLoaderError `invalid-argument` unless `value` is a whole number of at least `least`. */
export function checkWhole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  const what = least === 1 ? 'a positive integer' : `an integer of at least ${least}`
  throw new DataLoaderError(
    'invalid-argument',
    `Expected \`${name}\` to be ${what}, got \`${String(value)}\` (${typeof value})`,
  )
}

/** Makes an error for a value that is invalid, or for two that contradict each other. */
export function invalid(message: string): DataLoaderError {
  return new DataLoaderError('invalid-argument', message)
}
