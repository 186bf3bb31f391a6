import type { WorkerEvent } from '@sluice/queue'
import type { Logger } from 'pino'

/** One line for each message of an error in this many milliseconds, with how often it came. */
const repeatMs = 10_000
/** Different messages that are kept apart; a server that puts a number into each must not fill the memory. */
const maxMessages = 50

/** Writes a worker's events as log lines, errors of the connection at most one a message and 10 s. */
export function createEventLog(log: Logger): (event: WorkerEvent) => void {
  const errors = new RepeatFilter()
  return (event) => {
    switch (event.event) {
      case 'task-done': {
        if (!log.isLevelEnabled('debug')) return
        const { runId, jobId, taskId, outcome, seconds, found } = event
        const facts = { runId, jobId, taskId, tokens: outcome.tokens, seconds: round(seconds) }
        log.debug(facts, found ? 'task had its receipt' : 'task done')
        return
      }
      case 'task-failed':
        log[event.again ? 'warn' : 'error'](
          { runId: event.runId, jobId: event.jobId, reason: event.reason },
          event.again ? 'task failed, will be tried again' : 'task failed',
        )
        return
      case 'task-returned':
        log.info({ runId: event.runId, jobId: event.jobId }, 'task given back')
        return
      case 'run-started':
        log.info({ runId: event.runId, out: event.out }, 'coordinating run')
        return
      case 'run-committed':
        log.info(
          { runId: event.runId, [`${event.per ?? 'window'}s`]: event.windows, seconds: round(event.seconds) },
          'run committed',
        )
        return
      case 'run-failed':
        log.error(
          { runId: event.runId, reason: event.reason },
          event.again ? 'run failed, will be tried again' : 'run failed',
        )
        return
      case 'retry':
        log.warn({ runId: event.runId, task: event.task, reason: event.why }, 'task is tried again')
        return
      case 'stalled':
        log.warn({ jobId: event.jobId }, 'job of a silent worker is given to another')
        return
      case 'lock-lost':
        log.warn({ jobIds: event.jobIds.slice(0, 10) }, 'lock could not be renewed')
        return
      case 'braked':
        log.warn(
          { queue: event.queue, reason: event.why, seconds: event.seconds },
          'the server refuses; waiting',
        )
        return
      case 'error': {
        const repeated = errors.take(`${event.queue}: ${event.error.message}`, performance.now())
        if (repeated !== undefined) log.error({ queue: event.queue, repeated }, event.error.message)
      }
    }
  }
}

/** Lets a message through once in a while, with how often it was held back since. */
export class RepeatFilter {
  readonly #seen = new Map<string, { until: number; held: number }>()

  /** Undefined where the message is to be held back. */
  take(message: string, now: number): number | undefined {
    const key = message.slice(0, 200)
    const seen = this.#seen.get(key)
    if (seen !== undefined && now < seen.until) {
      seen.held += 1
      return undefined
    }
    if (seen === undefined && this.#seen.size >= maxMessages) {
      const [oldest] = this.#seen.keys()
      // All in use: better silent than without bound.
      if (oldest === undefined || now < (this.#seen.get(oldest)?.until ?? 0)) return undefined
      this.#seen.delete(oldest)
    }
    this.#seen.delete(key)
    this.#seen.set(key, { until: now + repeatMs, held: 0 })
    return seen?.held ?? 0
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
