import { setImmediate } from 'node:timers/promises'

/** Milliseconds for which a thread may be busy without a look at its events. */
const longestMs = 20

/** Lets long work without waiting see to the thread's events now and then: `if (breath.isDue) await breath.take()`. */
export class Breath {
  readonly #signal: AbortSignal | undefined
  #lastMs = performance.now()

  constructor(signal?: AbortSignal) {
    this.#signal = signal
  }

  get isDue(): boolean {
    return performance.now() - this.#lastMs > longestMs
  }

  /** @throws the signal's reason, where the work is to stop */
  async take(): Promise<void> {
    await setImmediate()
    this.#signal?.throwIfAborted()
    this.#lastMs = performance.now()
  }
}
