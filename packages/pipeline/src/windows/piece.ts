/** A row of a batch and the corpus' number of the window it is to hold. */
export interface WantedWindow {
  readonly row: number
  readonly window: number
}

/** Consecutive ids of the stream that lie in one row of a batch. */
export interface Piece {
  readonly row: number
  /** Place of its first input in the row. */
  readonly column: number
  /** Stream position of its first input. */
  readonly start: number
  readonly inputs: number
  /** Targets: the ids from `start + 1` on. */
  readonly targets: number
  /** Its first id is its document's, where documents are cut for themselves. */
  readonly begins: boolean
}

/** Finds the ids of windows. */
export interface WindowLocator {
  /** @param wanted in the order of the windows */
  locate(wanted: readonly WantedWindow[]): Promise<Piece[]>
}
