import { setTimeout as delay } from 'node:timers/promises'

/** Hints at jobs that may be over, since the last time somebody asked. */
export class EndedJobs {
  #ids: string[] = []
  #wake: () => void = () => {}

  add(id: string): void {
    this.#ids.push(id)
    this.#wake()
  }

  /** The hints so far, or those that come within some milliseconds. */
  async next(milliseconds: number, signal: AbortSignal): Promise<readonly string[]> {
    if (this.#ids.length === 0) {
      const woken = new AbortController()
      this.#wake = () => woken.abort()
      await delay(milliseconds, undefined, { signal: AbortSignal.any([woken.signal, signal]) }).catch(
        () => {},
      )
      signal.throwIfAborted()
    }
    const ids = this.#ids
    this.#ids = []
    return ids
  }
}
