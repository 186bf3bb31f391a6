/**
 * What went wrong, for code that reacts to it:
 *
 * - `invalid-argument`: an option that cannot be, or two that contradict each other.
 * - `empty`: there is no window to draw from.
 * - `mismatch`: a state of another dataset or order, or sources that cannot be mixed.
 * - `superseded`: a newer iteration of the same loader was started.
 * - `closed`: the loader was closed.
 * - `worker-failed`: a reading thread ended on its own.
 */
export type DataLoaderErrorCode =
  'invalid-argument' | 'empty' | 'mismatch' | 'superseded' | 'closed' | 'worker-failed'

/** Thrown by everything in this package: one line that says what was expected, what came, and what to do. */
export class DataLoaderError extends Error {
  override readonly name = 'DataLoaderError'
  readonly code: DataLoaderErrorCode

  constructor(code: DataLoaderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
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
