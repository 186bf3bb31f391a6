/** The windows that a batch is to hold, in their order; entry for entry. */
export interface WantedWindows {
  readonly count: number
  /** The row of the batch. */
  readonly rows: Int32Array
  /** The corpus' number of the window. */
  readonly windows: Float64Array
}

/** Finds the ids of windows. */
export interface WindowLocator {
  /** Adds the pieces of the wanted windows to `pieces`. */
  locate(wanted: WantedWindows, pieces: PieceList): Promise<void>
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
  /** Index of its first input in its document, where rows are packed. @default 0 */
  readonly first?: number
  /** Its first id is its document's, where documents are cut for themselves. */
  readonly begins: boolean
}

/** Pieces, an array for each of their properties: there may be one for every few ids. */
export class PieceList {
  count = 0
  /** Stream position of the first input. */
  start = new Float64Array(1024)
  /** Index of the first input in its document, where rows are packed. */
  first = new Float64Array(1024)
  row = new Int32Array(1024)
  column = new Int32Array(1024)
  inputs = new Int32Array(1024)
  targets = new Int32Array(1024)
  /** Pieces that begin a document, where documents are cut for themselves. */
  begun = 0

  clear(): void {
    this.count = 0
    this.begun = 0
  }

  add({ row, column, start, inputs, targets, first = 0, begins }: Piece): void {
    if (this.count === this.start.length) this.#grow()
    const at = this.count
    this.start[at] = start
    this.first[at] = first
    this.row[at] = row
    this.column[at] = column
    this.inputs[at] = inputs
    this.targets[at] = targets
    this.count++
    if (begins) this.begun++
  }

  /** Puts the pieces in the order of the stream, those of one position in the order of their rows. */
  sort(): void {
    const { start, first, row, count } = this
    const compare = (left: number, right: number): number =>
      start[left]! - start[right]! || row[left]! - row[right]!
    let index = 1
    while (index < count && compare(index - 1, index) <= 0) index++
    if (index >= count) return
    const order = Uint32Array.from({ length: count }, (_, piece) => piece).toSorted(compare)
    this.start = Float64Array.from(order, (from) => start[from]!)
    this.first = Float64Array.from(order, (from) => first[from]!)
    this.row = Int32Array.from(order, (from) => row[from]!)
    for (const name of ['column', 'inputs', 'targets'] as const) {
      const values = this[name]
      this[name] = Int32Array.from(order, (from) => values[from]!)
    }
  }

  #grow(): void {
    const length = 2 * this.count
    for (const name of ['start', 'first'] as const) {
      const values = this[name]
      this[name] = new Float64Array(length)
      this[name].set(values)
    }
    for (const name of ['row', 'column', 'inputs', 'targets'] as const) {
      const values = this[name]
      this[name] = new Int32Array(length)
      this[name].set(values)
    }
  }
}
