import { SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'

/** Every code of this package with whose fault it is. */
export const codes = {
  /** The folder has no `manifest.json`. */
  'not-a-dataset': 'input',
  /** Written by a later version of the format than this reader knows. */
  'newer-version': 'input',
  /** The dataset holds token files or a row for each document, and what was asked for is about windows. */
  'no-windows': 'input',
  /** The dataset holds windows, and what was asked for is about a row for each document. */
  'no-documents': 'input',
  /** Bytes are not what the manifest or the format says: truncated, flipped, wrong rows. */
  corrupt: 'machine',
  /** A part or its receipt is missing, so the dataset may not be committed. */
  incomplete: 'machine',
  /** The name is taken by other bytes: another plan, or a task that is not deterministic. */
  conflict: { blame: 'machine', retry: 'never' },
  /** The dataset was made with another tokenizer, table or graph than the caller's. */
  mismatch: 'input',
  /** The storage has no object of that name. */
  'not-found': 'machine',
  /** The storage is full. */
  'no-space': { blame: 'machine', retry: 'later' },
  /** The storage may not be written. */
  'read-only': 'machine',
  /** The storage failed. */
  io: 'machine',
  /** A window or id that does not exist. */
  'out-of-range': 'input',
  /** An option or argument that cannot be carried out. */
  'invalid-argument': 'input',
  /** The caller stopped the work. */
  aborted: 'caller',
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type DatasetErrorCode = keyof typeof codes

/** Facts a {@link DatasetError} can carry. */
export interface DatasetErrorFacts extends ErrorFacts {
  /** The file concerned, as a path or as a name inside the dataset. */
  readonly file?: string
  /** Byte position in `file`. */
  readonly position?: number
}

/** Thrown by everything in this package: one line that says what, where, expected, got, and what to do. */
export class DatasetError extends SluiceError<DatasetErrorCode> {
  override readonly name = 'DatasetError'
  readonly file: string | undefined
  readonly position: number | undefined

  constructor(code: DatasetErrorCode, message: string | Sentence, facts: DatasetErrorFacts = {}) {
    super(code, codes[code], message, facts)
    this.file = facts.file
    this.position = facts.position
  }
}

const codeOfErrno: Readonly<Record<string, DatasetErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  /** A link, where links are not followed. */
  ELOOP: 'corrupt',
  'not-a-folder': 'corrupt',
  'not-a-file': 'corrupt',
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

const tooManyOpen = 'too many files are open; raise the limit (ulimit -n) or use fewer threads'

/** The `code` that `node:fs` puts on its errors, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Turns what `node:fs` throws into a {@link DatasetError} that names the file and what was being done. */
export function storageError(error: unknown, doing: string, file: string): DatasetError {
  if (error instanceof DatasetError) return error
  const errno = errnoOf(error) ?? 'unknown'
  const code = codeOfErrno[errno] ?? 'io'
  const advice = errno === 'EMFILE' || errno === 'ENFILE' ? tooManyOpen : adviceOfCode[code]
  const message = `Could not ${doing} ${file}: ${errno}${advice === undefined ? '' : `; ${advice}`}`
  return new DatasetError(code, message, { file, cause: error })
}
