/** What went wrong, for callers that handle cases differently. */
export type TokenizerErrorCode =
  | 'disallowed-special-token'
  | 'invalid-utf8'
  | 'invalid-vocabulary'
  | 'target-too-small'
  | 'unknown-encoding'
  | 'unknown-token'
  | 'unsupported-component'

/** Every error this package throws on purpose; `code` says which kind. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError'
  readonly code: TokenizerErrorCode

  constructor(code: TokenizerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
