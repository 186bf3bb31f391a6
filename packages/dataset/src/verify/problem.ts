/**
 * What `verify` can find:
 *
 * - `missing-file`, `extra-file`: not what the manifest lists.
 * - `wrong-size`, `wrong-hash`: the file is not the one that was published.
 * - `damaged`: the file is no valid part, or its rows are not those of its place.
 * - `wrong-receipt`, `wrong-header`, `wrong-plan`: a receipt (of a part or the tables), the header or the plan contradicts the manifest.
 *   The data is as it was committed.
 * - `wrong-window`: a recomputed window differs (`deep`).
 * - `wrong-checkpoint`: the checkpoint that was named has not the tensor that the dataset refers to.
 * - `wrong-ids`: token files are not those that the corpus gives (`deep`).
 */
export type ProblemCode =
  | 'missing-file'
  | 'extra-file'
  | 'wrong-size'
  | 'wrong-hash'
  | 'damaged'
  | 'wrong-receipt'
  | 'wrong-header'
  | 'wrong-plan'
  | 'wrong-window'
  | 'wrong-checkpoint'
  | 'wrong-ids'

/** One thing that is wrong with a dataset. */
export interface Problem {
  readonly code: ProblemCode
  /** Name inside the dataset. */
  readonly file: string
  /** Byte position, where one can be named. */
  readonly position?: number
  /** One line for people: what was expected and what was found. */
  readonly message: string
}
