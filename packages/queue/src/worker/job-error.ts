import { blameOf, retryOf } from '@sluice/errors'
import { UnrecoverableError } from 'bullmq'
import { formatFailure } from '../failure.ts'

/** Attempts allowed for machine failures other than a full disk. */
const ordinaryAttempts = 5

/** Whether another attempt fails as well. Work that this worker stopped is for another one to do. */
export function isHopeless(error: unknown): boolean {
  return retryOf(error) === 'never' && blameOf(error) !== 'caller'
}

/**
 * What a processor throws so that BullMQ does the right thing: nothing more where trying again cannot help, another
 * attempt otherwise. A full disk is waited for longest: somebody may make room.
 */
export function toJobError(error: unknown, attemptsBefore: number): Error {
  const text = formatFailure(error)
  const last = retryOf(error) !== 'later' && attemptsBefore + 1 >= ordinaryAttempts
  return isHopeless(error) || last ? new UnrecoverableError(text) : new Error(text)
}

/** Milliseconds before attempt n + 1: BullMQ's own exponential backoff has no limit. */
export function backoffMs(attemptsMade: number): number {
  return Math.min(500 * 2 ** attemptsMade, 60_000)
}
