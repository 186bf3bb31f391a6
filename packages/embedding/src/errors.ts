/** What went wrong, for code that reacts to it. */
export type EmbeddingErrorCode =
  /** An option or argument has a value that makes no sense. */
  | 'INVALID_ARGUMENT'
  /** A token or position id is not a row of its table. */
  | 'ID_OUT_OF_RANGE'
  /** Sizes that must agree do not. */
  | 'SHAPE_MISMATCH'
  /** A file is not what its name says, is cut, or contradicts itself. */
  | 'INVALID_FILE'
  /** A file holds no tensor of the wanted name. */
  | 'TENSOR_NOT_FOUND'
  /** A number format that is not handled here. */
  | 'UNSUPPORTED_DTYPE'
  /** The execution provider cannot run on this machine; the message says what is missing. */
  | 'PROVIDER_UNAVAILABLE'
  /** The embedder was closed before. */
  | 'CLOSED'

/** Thrown by everything in this package; `code` tells the cases apart. */
export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError'
  readonly code: EmbeddingErrorCode

  constructor(code: EmbeddingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
