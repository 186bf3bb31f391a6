import type { ProblemReason } from './problem.ts'

/** What went wrong, for a program to handle. A {@link ProblemReason} is a fault in the content under the policy `fail`. */
export type CorpusErrorCode =
  | ProblemReason
  | 'invalid-options'
  | 'no-match'
  | 'not-found'
  | 'is-a-folder'
  | 'not-readable'
  | 'not-seekable'
  | 'read-twice'
  | 'source-changed'
  | 'unsupported-format'
  | 'wrong-format'
  | 'broken-file'
  | 'too-large'
  | 'address-refused'
  | 'too-many-redirects'
  | 'http-status'
  | 'network'
  | 'missing-dependency'

/** Facts that go with a {@link CorpusError}. */
export interface CorpusErrorFacts {
  /** The source as the user named it. */
  readonly source?: string
  /** Byte offset in the (decompressed) source, or row number for columnar formats. */
  readonly position?: number
  readonly cause?: unknown
}

/** Thrown whenever a source cannot be opened, read or understood. The message is one line: where, what, what to do. */
export class CorpusError extends Error {
  override readonly name = 'CorpusError'
  readonly code: CorpusErrorCode
  readonly source: string | undefined
  readonly position: number | undefined

  constructor(code: CorpusErrorCode, message: string, facts: CorpusErrorFacts = {}) {
    super(facts.source === undefined ? message : `${facts.source}: ${message}`, { cause: facts.cause })
    this.code = code
    this.source = facts.source
    this.position = facts.position
  }
}
