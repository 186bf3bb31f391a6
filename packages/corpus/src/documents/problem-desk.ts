import { CorpusError } from '../corpus-error.ts'
import type { ProblemReason } from '../problem.ts'
import type { OnError, ResolvedReadOptions } from './read-options.ts'

/** Decides about each fault of one source by its policy, and reports what was decided. */
export class ProblemDesk {
  readonly #source: string
  readonly #options: ResolvedReadOptions

  constructor(source: string, options: ResolvedReadOptions) {
    this.#source = source
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
    const what = `${detail} (${reason} at ${position}); set the policy for it to skip or replace to go on`
    return new CorpusError(reason, what, { source: this.#source, position })
  }
}
