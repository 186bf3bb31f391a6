/**
 * What went wrong, for code that handles it:
 *
 * - `not-a-dataset`: the folder has no `manifest.json`.
 * - `newer-version`: written by a later version of the format than this reader knows.
 * - `corrupt`: bytes are not what the manifest or the format says: truncated, flipped, wrong rows.
 * - `incomplete`: a part or its receipt is missing, so the dataset may not be committed.
 * - `conflict`: the name is taken by other bytes: another plan, or a task that is not deterministic.
 * - `mismatch`: the dataset was made with another tokenizer, table or graph than the caller's.
 * - `not-found`, `no-space`, `read-only`, `io`: what the storage answered.
 * - `out-of-range`: a window or id that does not exist.
 * - `invalid-argument`: an option or argument that cannot be carried out.
 * - `aborted`: the caller stopped the work.
 */
export type DatasetErrorCode =
  | 'not-a-dataset'
  | 'newer-version'
  | 'corrupt'
  | 'incomplete'
  | 'conflict'
  | 'mismatch'
  | 'not-found'
  | 'no-space'
  | 'read-only'
  | 'io'
  | 'out-of-range'
  | 'invalid-argument'
  | 'aborted'

/** Facts a {@link DatasetError} can carry. */
export interface DatasetErrorFacts {
  /** The file concerned, as a path or as a name inside the dataset. */
  readonly file?: string
  /** Byte position in `file`. */
  readonly position?: number
  readonly cause?: unknown
}

/** Thrown by everything in this package: one line that says what, where, expected, got, and what to do. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError'
  readonly code: DatasetErrorCode
  readonly file: string | undefined
  readonly position: number | undefined

  constructor(code: DatasetErrorCode, message: string, facts: DatasetErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.file = facts.file
    this.position = facts.position
  }
}

const codeOfErrno: Readonly<Record<string, DatasetErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
}

const adviceOfCode: Partial<Readonly<Record<DatasetErrorCode, string>>> = {
  'no-space': 'free some space and run again: nothing that was published is lost',
  'read-only': 'make the folder writable or choose another one',
}

/** The `code` that `node:fs` puts on its errors, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Turns what `node:fs` throws into a {@link DatasetError} that names the file and what was being done. */
export function storageError(error: unknown, doing: string, file: string): DatasetError {
  if (error instanceof DatasetError) return error
  const errno = errnoOf(error) ?? 'unknown'
  const code = codeOfErrno[errno] ?? 'io'
  const advice = adviceOfCode[code]
  const message = `Could not ${doing} ${file}: ${errno}${advice === undefined ? '' : `; ${advice}`}`
  return new DatasetError(code, message, { file, cause: error })
}
