import { setImmediate } from 'node:timers/promises'

/** Milliseconds for which a thread may be busy without a look at its events. */
const longestMs = 20

/** Lets long work without waiting see to the thread's events now and then: `if (breath.isDue) await breath.take()`. */
export class Breath {
  readonly #signal: AbortSignal | undefined
  #lastMs = performance.now()

  /** @param signal - what stops the work */
  constructor(signal?: AbortSignal) {
    this.#signal = signal
  }

  /** Whether the thread has been busy for long enough. */
  get isDue(): boolean {
    return performance.now() - this.#lastMs > longestMs
  }

  /**
   * Lets the thread's events come first.
   *
   * @throws the signal's reason, where the work is to stop
   */
  async take(): Promise<void> {
    await setImmediate()
    this.#signal?.throwIfAborted()
    this.#lastMs = performance.now()
  }
}
