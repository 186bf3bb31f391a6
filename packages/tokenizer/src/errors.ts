import { SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'

/** Every code of this package with whose fault it is. */
export const codes = {
  /** The text holds a special token that was not allowed. */
  'disallowed-special-token': 'input',
  /** The text is not UTF-8. */
  'invalid-utf8': 'input',
  /** A vocabulary file contradicts itself or is damaged. */
  'invalid-vocabulary': 'input',
  /** The ids do not fit in the array that the caller gave. */
  'target-too-small': 'caller',
  /** A stretch of text without a place to cut it is longer than the caller allows. */
  'unbroken-text': 'input',
  /** No encoding has that name. */
  'unknown-encoding': 'input',
  /** An id is no token of the vocabulary. */
  'unknown-token': 'input',
  /** A tokenizer file asks for something that is not known to be encoded exactly. */
  'unsupported-component': 'input',
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type TokenizerErrorCode = keyof typeof codes

/** Every error this package throws on purpose. */
export class TokenizerError extends SluiceError<TokenizerErrorCode> {
  override readonly name = 'TokenizerError'

  constructor(code: TokenizerErrorCode, message: string | Sentence, facts?: ErrorFacts) {
    super(code, codes[code], message, facts)
  }
}
