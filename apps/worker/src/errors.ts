import { SluiceError, type ErrorCodes, type ErrorFacts } from '@sluice/errors'

/** Every code of the worker's program with whose fault it is. */
export const codes = {
  /** A variable of the environment cannot be used. */
  'invalid-settings': 'input',
} as const satisfies ErrorCodes

/** Thrown when a variable of the environment is not what it should be. */
export class SettingsError extends SluiceError<keyof typeof codes> {
  override readonly name = 'SettingsError'

  constructor(message: string, facts?: ErrorFacts) {
    super('invalid-settings', codes['invalid-settings'], message, facts)
  }
}
