import { setTimeout as sleep } from 'node:timers/promises'
import { CorpusError } from '../errors.ts'
import type { ResolvedHttpOptions } from './http-options.ts'

/** An answer that is worth another try: 408, 425, 429 and 5xx. */
export class TemporaryFailure extends Error {
  /** What the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number = 0) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** Counts attempts and waits between them: capped exponential backoff. */
export class RetryBudget {
  readonly #options: ResolvedHttpOptions
  #failures = 0

  constructor(options: ResolvedHttpOptions) {
    this.#options = options
  }

  /** An attempt brought bytes: starts counting again. */
  reset(): void {
    this.#failures = 0
  }

  /**
   * Waits before the next attempt.
   * @throws CorpusError the failure itself if it is final, `network` once the attempts are used up
   */
  async afterFailure(failure: unknown, source: string): Promise<void> {
    if (failure instanceof CorpusError) throw named(failure, source)
    if (this.#failures >= this.#options.retries) {
      const why = failure instanceof Error ? failure.message || failure.name : String(failure)
      const message = `could not be read: ${why} (tried ${this.#failures + 1} times); check the network and try again`
      throw new CorpusError('network', message, { source, cause: failure })
    }
    await sleep(backoffMs(this.#failures++, failure, this.#options))
  }
}

/** How long to wait after a failure, the first being number 0. */
export function backoffMs(failures: number, failure: unknown, options: ResolvedHttpOptions): number {
  const asked = failure instanceof TemporaryFailure ? failure.retryAfterMs : 0
  return Math.min(options.maxBackoffMs, Math.max(asked, options.backoffMs * 2 ** failures))
}

/** Errors of the connection do not know whose it is. */
function named(error: CorpusError, source: string): CorpusError {
  if (error.source !== undefined) return error
  return new CorpusError(error.code, error.message, { source, cause: error })
}
