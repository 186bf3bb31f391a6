import { SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'

/** Every code of this package with whose fault it is. */
export const codes = {
  /** An option or argument has a value that makes no sense. */
  'invalid-argument': 'input',
  /** A token or position id is not a row of its table. */
  'id-out-of-range': 'input',
  /** Sizes that must agree do not. */
  'shape-mismatch': 'input',
  /** A file is not what its name says, is cut, or contradicts itself. */
  'invalid-file': 'input',
  /** A file holds no tensor of the wanted name. */
  'tensor-not-found': 'input',
  /** A model family that is not computed here. */
  'unsupported-model': 'input',
  /** A value does not fit in the number format that was asked for. */
  overflow: 'input',
  /** A number format that is not handled here. */
  'unsupported-dtype': 'input',
  /** The execution provider cannot run on this machine; the message says what is missing. */
  'provider-unavailable': 'input',
  /** The embedder was closed before. */
  closed: 'caller',
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type EmbeddingErrorCode = keyof typeof codes

/** Every error this package throws on purpose. */
export class EmbeddingError extends SluiceError<EmbeddingErrorCode> {
  override readonly name = 'EmbeddingError'

  constructor(code: EmbeddingErrorCode, message: string | Sentence, facts?: ErrorFacts) {
    super(code, codes[code], message, facts)
  }
}
