import type { Hint } from '@sluice/errors'
import { CorpusError } from '../errors.ts'
import type { ProblemReason } from '../problem.ts'
import type { OnError, ResolvedReadOptions } from './read-options.ts'

/** Decides about each fault of one source by its policy, and reports what was decided. */
export class ProblemDesk {
  /** The source as the user named it. */
  readonly source: string
  readonly #options: ResolvedReadOptions

  constructor(source: string, options: ResolvedReadOptions) {
    this.source = source
    this.#options = options
  }

  policy(reason: ProblemReason): OnError {
    return this.#options.onError[reason]
  }

  /** A fault that can be repaired: throws under `fail`. */
  report(reason: ProblemReason, position: number, detail: string): void {
    const policy = this.policy(reason)
    if (policy === 'fail') throw this.#failure(reason, position, detail)
    this.#options.onProblem({ reason, position, detail, action: policy === 'skip' ? 'skipped' : 'replaced' })
  }

  /** A fault that nothing can stand in for: throws under `fail`, is skipped otherwise. */
  reportSkipped(reason: ProblemReason, position: number, detail: string): void {
    if (this.policy(reason) === 'fail') throw this.#failure(reason, position, detail)
    this.#options.onProblem({ reason, position, detail, action: 'skipped' })
  }

  #failure(reason: ProblemReason, position: number, detail: string): CorpusError {
    const hint: Hint =
      reason === 'invalid-utf8' || reason === 'lone-surrogate'
        ? { option: 'invalid', value: 'replace', effect: 'puts U+FFFD in their place' }
        : { option: 'onError', value: 'skip', effect: 'leaves it out and counts it' }
    return new CorpusError(reason, `${detail} (${reason} at ${position})`, {
      source: this.source,
      position,
      hint,
    })
  }
}
