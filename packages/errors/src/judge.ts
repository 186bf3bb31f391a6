import type { Blame, Retry } from './handling.ts'
import { isSluiceError } from './sluice-error.ts'

/** Whether an error says that an `AbortSignal` stopped the work. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** Returns whose fault an error is. An error that Sluice did not throw on purpose is the machine's. */
export function blameOf(error: unknown): Blame {
  if (isSluiceError(error)) return error.blame
  return isAbort(error) ? 'caller' : 'machine'
}

/** Returns whether another attempt can help. An error that Sluice did not throw on purpose is tried again. */
export function retryOf(error: unknown): Retry {
  if (isSluiceError(error)) return error.retry
  return isAbort(error) ? 'never' : 'soon'
}

/** Returns an error's code, or `undefined` where it has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
