import type { Provider } from './provider.ts'
import type { LookupRun } from './run-plan.ts'

/** One device that looks ids up; made by a provider. Ids and lengths have been checked before. */
export interface Lookup {
  /** Which one runs: `cpu`, `webgpu`, …. */
  readonly provider: Provider
  /** Tokens that it is best given at a time. */
  readonly tokensPerRun: number
  /** Writes `rows * columns` vectors to `output`, which has exactly their length; without a promise, at once. */
  run(piece: LookupPiece): Promise<void> | void
  close(): Promise<void> | void
}

/** The arrays of one run, cut to it. */
export interface LookupPiece extends Pick<LookupRun, 'rows' | 'columns'> {
  /** `[rows * columns]`. */
  readonly inputIds: Int32Array
  /** `[columns]`; empty when the graph adds no positions. */
  readonly positionIds: Int32Array
  /** `[rows * columns * dim]`. */
  readonly output: Float32Array
}
