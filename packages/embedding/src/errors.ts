/** What went wrong, for code that reacts to it. */
export type EmbeddingErrorCode =
  /** An option or argument has a value that makes no sense. */
  | 'invalid-argument'
  /** A token or position id is not a row of its table. */
  | 'id-out-of-range'
  /** Sizes that must agree do not. */
  | 'shape-mismatch'
  /** A file is not what its name says, is cut, or contradicts itself. */
  | 'invalid-file'
  /** A file holds no tensor of the wanted name. */
  | 'tensor-not-found'
  /** A number format that is not handled here. */
  | 'unsupported-dtype'
  /** The execution provider cannot run on this machine; the message says what is missing. */
  | 'provider-unavailable'
  /** The embedder was closed before. */
  | 'closed'

/** Thrown by everything in this package; `code` tells the cases apart. */
export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError'
  readonly code: EmbeddingErrorCode

  constructor(code: EmbeddingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
