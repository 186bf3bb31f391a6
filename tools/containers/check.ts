import type { Engine } from './engine/engine.ts'

/** What every check works with. */
export interface Bench {
  readonly engine: Engine
  /** A clone of this checkout, made for the test: what a user has after `git clone`. */
  readonly project: string
  /** For whatever a check needs to write; goes with the test. */
  readonly scratch: string
  /** Where programs lie that Debian bookworm does not have. */
  readonly newer: string
  /** Prints a line below the check's name: a figure, a circumstance. */
  readonly note: (line: string) => void
}

/** One thing that is proven. */
export interface Check {
  /** A sentence that is true when the check passes. */
  readonly name: string
  /** Whether it is left to `--long`, because CI has no time for it. */
  readonly long?: boolean
  /** @throws Error that says what was expected and what was seen */
  readonly run: (bench: Bench) => Promise<void>
}
