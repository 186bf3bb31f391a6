import { SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'
import { redactLocator } from './bytes/locator.ts'
import type { ProblemReason } from './problem.ts'

/** Every code of this package with whose fault it is; a {@link ProblemReason} is content at fault under the policy `fail`. */
export const codes = {
  'invalid-utf8': 'input',
  'lone-surrogate': 'input',
  'broken-json': 'input',
  'broken-csv': 'input',
  'missing-field': 'input',
  'empty-document': 'input',
  'line-too-long': 'input',
  'invalid-ids': 'input',
  /** An option is unknown, of the wrong type or contradicts another. */
  'invalid-options': 'input',
  /** A pattern or folder matches no file. */
  'no-match': 'input',
  /** The source does not exist. */
  'not-found': 'input',
  /** The source is a folder where a file is needed. */
  'is-a-folder': 'input',
  /** The system refuses to read the source. */
  'not-readable': 'machine',
  /** The source can be read from its start only. */
  'not-seekable': 'input',
  /** Standard input or a pipe was to be read twice. */
  'read-twice': 'input',
  /** The source is no longer the one that was planned. */
  'source-changed': 'input',
  /** The format is known and not read here. */
  'unsupported-format': 'input',
  /** The content is not of the format that the options name. */
  'wrong-format': 'input',
  /** The file is damaged: a run may leave it out. */
  'broken-file': { blame: 'input', isolated: true },
  /** The data was compressed with a dictionary that is not here. */
  'needs-dictionary': 'input',
  /** The source, or what it needs to be read, is larger than a stated limit. */
  'too-large': 'input',
  /** A local file lies outside of what may be read, or is no file. */
  outside: 'input',
  /** The address lies in a network that may not be reached. */
  'address-refused': 'input',
  'too-many-redirects': 'input',
  /** The server answered with an error. */
  'http-status': 'machine',
  /** The server did not answer. */
  network: 'machine',
  /** An optional package is not installed. */
  'missing-dependency': { blame: 'machine', retry: 'never' },
} as const satisfies ErrorCodes & ErrorCodes<ProblemReason>

/** What went wrong, for code that handles it: the rows of the table above. */
export type CorpusErrorCode = keyof typeof codes

/** Facts that go with a {@link CorpusError}. */
export interface CorpusErrorFacts extends ErrorFacts {
  /** The source as the user named it; secrets of URLs are left out. */
  readonly source?: string
  /** Byte offset in the (decompressed) source, or row number for columnar formats. */
  readonly position?: number
}

/** Thrown whenever a source cannot be opened, read or understood. The message is one line: where, what, what to do. */
export class CorpusError extends SluiceError<CorpusErrorCode> {
  override readonly name = 'CorpusError'
  readonly source: string | undefined
  readonly position: number | undefined

  constructor(code: CorpusErrorCode, message: string | Sentence, facts: CorpusErrorFacts = {}) {
    const name = facts.source === undefined ? undefined : redactLocator(facts.source)
    const where = name === undefined ? [] : [`${name}: `]
    super(code, codes[code], [...where, ...(typeof message === 'string' ? [message] : message)], facts)
    this.source = name
    this.position = facts.position
  }
  /** Returns the same error with the name of its source. */
  named(source: string): CorpusError {
    const { code, sentence, hint, position, cause } = this
    return new CorpusError(code, sentence, {
      source,
      cause,
      ...(hint !== undefined && { hint }),
      ...(position !== undefined && { position }),
    })
  }
}
