import { SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'

/** Every code of this package with whose fault it is. */
export const codes = {
  /** PyTorch refuses such a seed. */
  'invalid-seed': 'input',
  /** A saved state is damaged or of another generator. */
  'invalid-state': 'input',
  /** An argument is out of range. */
  'invalid-argument': 'input',
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type TorchRandomErrorCode = keyof typeof codes

/** Thrown when a seed, a saved state or an argument is one that PyTorch would refuse or cannot exist. */
export class TorchRandomError extends SluiceError<TorchRandomErrorCode> {
  override readonly name = 'TorchRandomError'

  constructor(code: TorchRandomErrorCode, message: string | Sentence, facts?: ErrorFacts) {
    super(code, codes[code], message, facts)
  }
}
