import { SluiceError, type ErrorCodes, type ErrorFacts } from '@sluice/errors'

/** Every code of this package with whose fault it is. */
export const codes = {
  /** The name is absolute, has `..` or `.` in it, or is empty. */
  'invalid-name': 'input',
  /** A link leads out of the folder, or lies where links are refused. */
  'leads-outside': 'input',
  /** The entry is a folder, device, socket or named pipe. */
  'not-a-file': 'input',
  /** The entry is no folder. */
  'not-a-folder': 'input',
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type ConfinedFileErrorCode = keyof typeof codes

/** Thrown where a name would lead out of its folder or to something other than a file. Errors of the system pass unchanged. */
export class ConfinedFileError extends SluiceError<ConfinedFileErrorCode> {
  override readonly name = 'ConfinedFileError'
  /** The name that was given. */
  readonly path: string

  constructor(code: ConfinedFileErrorCode, path: string, message: string, facts: ErrorFacts = {}) {
    super(code, codes[code], `${path}: ${message}`, facts)
    this.path = path
  }
}
