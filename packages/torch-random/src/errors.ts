/** What went wrong, for code that reacts to it. */
export type TorchRandomErrorCode = 'invalid-seed' | 'invalid-state' | 'invalid-argument'

/** Thrown when a seed, a saved state or an argument is one that PyTorch would refuse or cannot exist. */
export class TorchRandomError extends Error {
  override readonly name = 'TorchRandomError'
  readonly code: TorchRandomErrorCode

  constructor(code: TorchRandomErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
