import type { BatchMemory, RowFormat } from './batch-memory.ts'
import type { SourceDescription } from './description.ts'

/** Texts that documents carry along, by column: one for each row, or null. */
export type KeptTexts = ReadonlyMap<string, readonly (string | null)[]>

/** Windows that can be read one by one, wherever they are: ids in memory, a dataset, a mixture of them. */
export interface WindowSource extends AsyncDisposable {
  /** Number of windows. */
  readonly length: number
  readonly format: RowFormat
  /** What the windows are of: equal for equal windows, on any machine. Kept in a saved state. */
  identity(): string
  /**
   * Fills the rows of `target`, one for each of `windows`, in their order. Done when it returns, unless it returns a
   * promise.
   */
  gather(windows: Float64Array, target: BatchMemory): void | Promise<void>
  /** Consecutive windows that are in memory already, where they are: not to be written to. Undefined where they are not. */
  view?(first: number, rows: number): BatchMemory | undefined
  /** Names of the columns of texts that {@link readKept} gives; absent where there are none. */
  readonly keptNames?: readonly string[]
  /** The kept texts of windows: for each of the columns one a window. */
  readKept?(windows: Float64Array, columns: readonly string[]): Promise<KeptTexts>
  /** What another thread needs to read the same windows; undefined where it cannot. */
  describe(): SourceDescription | undefined
}
