/** Thrown when a command cannot be carried out as typed. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: 'invalid-option' | 'not-a-checkout' | 'corpus-changed' | 'run-failed' | 'aborted'

  constructor(code: CommandError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
