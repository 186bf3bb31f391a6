/** A piece of a document: its number of inputs, each with a target. */
export interface PackedPiece {
  /** Stream position of its first input. */
  readonly start: number
  /** Index of its first input in its document. */
  readonly first: number
  /** Inputs, and as many targets: the ids from `start + 1` on. */
  readonly length: number
}

interface Bin {
  readonly sequence: number
  readonly pieces: PackedPiece[]
  room: number
}

/** Windows that are being filled at a time: what bounds memory and how far apart the pieces of a window may lie. */
const mostOpenBins = 1024

/**
 * Packs pieces into windows: each goes where it leaves the least room, among a bounded number of open windows, and opens
 * one where it fits in none; before that the fullest is closed if there are too many. After "Fewer Truncations Improve
 * Language Modeling" (Ding et al., 2024), which packs a whole corpus at once.
 *
 * The windows come out in the order in which they are closed, so they depend on the pieces alone.
 */
export class BestFit {
  readonly #capacity: number
  readonly #mostOpen: number
  readonly #onWindow: (pieces: readonly PackedPiece[]) => void
  /** By room, and the older first where it is equal. */
  readonly #open: Bin[] = []
  #opened = 0

  /**
   * @param capacity inputs of a window
   * @param onWindow told of each window, its pieces in the order in which they came
   */
  constructor(
    capacity: number,
    onWindow: (pieces: readonly PackedPiece[]) => void,
    mostOpen: number = mostOpenBins,
  ) {
    this.#capacity = capacity
    this.#onWindow = onWindow
    this.#mostOpen = mostOpen
  }

  /** @param piece no longer than a window */
  add(piece: PackedPiece): void {
    const at = this.#find(piece.length, 0)
    const [bin = this.#openBin()] = this.#open.splice(at, 1)
    bin.pieces.push(piece)
    bin.room -= piece.length
    if (bin.room === 0) this.#onWindow(bin.pieces)
    else this.#open.splice(this.#find(bin.room, bin.sequence), 0, bin)
  }

  /** Closes what is still open, the oldest first. */
  end(): void {
    this.#open.sort((left, right) => left.sequence - right.sequence)
    for (const { pieces } of this.#open.splice(0)) this.#onWindow(pieces)
  }

  #openBin(): Bin {
    if (this.#open.length === this.#mostOpen) this.#onWindow(this.#open.shift()!.pieces)
    this.#opened++
    return { sequence: this.#opened, pieces: [], room: this.#capacity }
  }

  /** Index of the first open window with this much room, or of those with just so much the first not older. */
  #find(room: number, sequence: number): number {
    let low = 0
    let high = this.#open.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const bin = this.#open[middle]!
      if (bin.room < room || (bin.room === room && bin.sequence < sequence)) low = middle + 1
      else high = middle
    }
    return low
  }
}
