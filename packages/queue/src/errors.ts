import { SluiceError, type ErrorCodes, type ErrorFacts, type Sentence } from '@sluice/errors'

/** Every code of this package with whose fault it is. */
export const codes = {
  /** The connection URL is not one of Redis. */
  'invalid-connection': 'input',
  /** The server did not answer in time, or refused the login. */
  'queue-unreachable': 'machine',
  /** No run of that id is on the queue. */
  'unknown-run': 'input',
  /** The run is not in a state in which that can be done. */
  'wrong-state': 'input',
  /** A job’s data is not what this version of Sluice writes. */
  'invalid-payload': 'input',
  /** The run was cancelled. */
  cancelled: { blame: 'machine', retry: 'never' },
} as const satisfies ErrorCodes

/** What went wrong, for code that handles it: the rows of the table above. */
export type QueueErrorCode = keyof typeof codes

/** Thrown where a run cannot be put on the queue, found there or changed there. */
export class QueueError extends SluiceError<QueueErrorCode> {
  override readonly name = 'QueueError'

  constructor(code: QueueErrorCode, message: string | Sentence, facts?: ErrorFacts) {
    super(code, codes[code], message, facts)
  }
}
