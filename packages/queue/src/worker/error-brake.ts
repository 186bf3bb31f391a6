import type { Worker } from 'bullmq'

/** As many errors within a second are a loop, not a mishap. */
const burst = 20
const firstPauseMs = 500
const longestPauseMs = 10_000

/**
 * Keeps a worker from fetching thousands of times a second while the server answers but refuses (disk full, out of
 * memory, read-only): pauses it, longer each time, until a write succeeds again.
 */
export class ErrorBrake implements Disposable {
  readonly #worker: Pick<Worker, 'pause' | 'resume'>
  readonly #onBrake: (error: Error, milliseconds: number) => void
  readonly #probe: () => Promise<unknown>
  #second = 0
  #errors = 0
  #timer: NodeJS.Timeout | undefined

  /** @param probe - a cheap write */
  constructor(
    worker: Pick<Worker, 'pause' | 'resume'>,
    probe: () => Promise<unknown>,
    onBrake: (error: Error, milliseconds: number) => void,
  ) {
    this.#worker = worker
    this.#probe = probe
    this.#onBrake = onBrake
  }

  count(error: Error): void {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#errors = 0
    }
    this.#errors++
    if (this.#errors < burst || this.#timer !== undefined) return
    this.#onBrake(error, firstPauseMs)
    void this.#worker.pause(true)
    this.#wait(firstPauseMs)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => void this.#tryAgain(milliseconds), milliseconds)
    this.#timer.unref()
  }

  async #tryAgain(milliseconds: number): Promise<void> {
    try {
      await this.#probe()
    } catch (error) {
      const next = Math.min(2 * milliseconds, longestPauseMs)
      this.#onBrake(error as Error, next)
      this.#wait(next)
      return
    }
    this.#timer = undefined
    this.#errors = 0
    await this.#worker.resume()
  }
}
