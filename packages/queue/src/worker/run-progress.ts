import type { RunEvent } from '@sluice/pipeline'

/** How far a run is: what its job carries for whoever watches it. */
export interface RunProgress {
  readonly phase: 'tokenize' | 'embed'
  /** In the phase's unit: source bytes, or windows or rows of documents. */
  readonly done: number
  readonly total: number
  /** Ids that the phase has made or embedded. */
  readonly tokens: number
  readonly retries: number
  /** Milliseconds since 1970 when the phase began. */
  readonly since: number
}

/** Adds up the events of a run. */
export class ProgressTally {
  current: RunProgress | undefined
  #retries = 0

  add(event: RunEvent, now: number): void {
    if (event.event === 'retry') {
      this.#retries++
      if (this.current !== undefined) this.current = { ...this.current, retries: this.#retries }
    }
    if (event.event !== 'progress') return
    const { phase, done, total } = event
    const { tokens, since } = this.current?.phase === phase ? this.current : { tokens: 0, since: now }
    this.current = { phase, done, total, tokens, since, retries: this.#retries }
  }

  addTokens(tokens: number): void {
    if (this.current !== undefined) this.current = { ...this.current, tokens: this.current.tokens + tokens }
  }
}
