import type { Queue } from 'bullmq'
import { QueueError } from '../errors.ts'
import type { RunPayload } from '../payload.ts'

interface Watched {
  readonly stop: AbortController
  users: number
}

/**
 * Knows which runs were cancelled, from the run's own job: there is no cancelling across workers in BullMQ. Looks once
 * in a while at the runs that this process works for. A run that is not on the queue is not cancelled.
 */
export class Cancellations implements Disposable {
  readonly #runs: Queue<RunPayload>
  readonly #watched = new Map<string, Watched>()
  readonly #timer: NodeJS.Timeout
  #looking = false

  constructor(runs: Queue<RunPayload>, intervalMs: number) {
    this.#runs = runs
    this.#timer = setInterval(() => void this.#look(), intervalMs)
    this.#timer.unref()
  }

  /** A signal that fires when the run is cancelled, until it is disposed. */
  watch(runId: string): { readonly signal: AbortSignal } & Disposable {
    const watched = this.#watched.get(runId) ?? { stop: new AbortController(), users: 0 }
    this.#watched.set(runId, watched)
    watched.users++
    return {
      signal: watched.stop.signal,
      [Symbol.dispose]: () => {
        watched.users--
        if (watched.users === 0 && this.#watched.get(runId) === watched) this.#watched.delete(runId)
      },
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    // A server that is away answers late: one question at a time.
    if (this.#looking) return
    this.#looking = true
    try {
      for (const [runId, watched] of this.#watched) {
        const job = await this.#runs.getJob(runId)
        if (job?.data.cancelled !== true) continue
        this.#watched.delete(runId)
        watched.stop.abort(cancelled(runId))
      }
    } catch {
      // The connection's own listeners tell.
    } finally {
      this.#looking = false
    }
  }
}

export function cancelled(runId: string): QueueError {
  return new QueueError('cancelled', `${runId} was cancelled; \`sluice retry ${runId}\` resumes it`)
}
