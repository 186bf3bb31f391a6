/**
 * What kept the queue from being used:
 *
 * - `invalid-connection`: the connection URL is not one of Redis or Postgres.
 * - `queue-unreachable`: the server did not answer in time, or refused the login.
 * - `unknown-run`: no run of that id is on the queue.
 * - `wrong-state`: the run is not in a state in which that can be done.
 * - `invalid-payload`: a job's data is not what this version of Sluice writes.
 * - `cancelled`: the run was cancelled.
 */
export type QueueErrorCode =
  'invalid-connection' | 'queue-unreachable' | 'unknown-run' | 'wrong-state' | 'invalid-payload' | 'cancelled'

/** Thrown where a run cannot be put on the queue, found there or changed there. */
export class QueueError extends Error {
  override readonly name = 'QueueError'
  readonly code: QueueErrorCode

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
