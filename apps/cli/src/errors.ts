import { SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'

/** Every code of the command line with whose fault it is. */
export const codes = {
  /** A flag, an argument or a configuration file cannot be used. */
  'invalid-option': 'input',
  /** The text of the demo is not where the program was installed. */
  'no-example': 'input',
  /** The command needs a package that is not installed. */
  'not-installed': 'input',
  /** A run on the queue failed; its error is in the message. */
  'run-failed': { blame: 'machine', retry: 'never' },
  /** Standard output is full, or its reader ended before the command did. */
  'output-failed': { blame: 'machine', retry: 'never' },
  /** The user stopped the command. */
  aborted: 'caller',
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type CommandErrorCode = keyof typeof codes

/** Thrown when a command cannot be carried out as typed. */
export class CommandError extends SluiceError<CommandErrorCode> {
  override readonly name = 'CommandError'

  constructor(code: CommandErrorCode, message: string | Sentence, facts?: ErrorFacts) {
    super(code, codes[code], message, facts)
  }
}
