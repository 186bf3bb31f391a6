import { createIdSums } from '../tokens/id-sums.ts'
import { TokenPlaces } from '../tokens/token-places.ts'
import type { VectorMemory } from './row-vectors.ts'

/** Ids of the stream that are read and placed at a time: what is known of each should stay in the processor's cache. */
const idsAtATime = 1 << 15

/** The memory of one thread that makes parts of documents: it grows to the largest batch and is used again. */
export class DocumentBuffers implements VectorMemory {
  /** Consecutive ids of the stream that documents are cut from, and where they are from. */
  readonly places: TokenPlaces
  /** Ids of all rows, one after the other. */
  ids = new Int32Array(0)
  /** The position of each id in its row. */
  positions = new Int32Array(0)
  /** Where the ids of each row begin, and the end of the last. */
  offsets = new Int32Array(1)
  source = new Int32Array(0)
  byteStart = new Float64Array(0)
  byteEnd = new Float64Array(0)
  #floats = new Float32Array(0)
  #halves = new Uint16Array(0)

  /** @param tokenByteLengths bytes of each id's text */
  constructor(tokenByteLengths: Uint16Array) {
    this.places = new TokenPlaces(createIdSums({ count: idsAtATime, isNarrow: false, tokenByteLengths }))
  }

  /** Makes room for rows of these lengths, and fills in what follows from them. */
  begin(lengths: readonly number[]): void {
    const rows = lengths.length
    if (this.source.length < rows) {
      const room = grown(rows)
      this.offsets = new Int32Array(room + 1)
      this.source = new Int32Array(room)
      this.byteStart = new Float64Array(room)
      this.byteEnd = new Float64Array(room)
    }
    for (const [row, length] of lengths.entries()) this.offsets[row + 1] = this.offsets[row]! + length
    const tokens = this.offsets[rows]!
    if (this.ids.length < tokens) {
      this.ids = new Int32Array(grown(tokens))
      this.positions = new Int32Array(this.ids.length)
    }
    for (let row = 0; row < rows; row++) {
      const start = this.offsets[row]!
      for (let at = start; at < this.offsets[row + 1]!; at++) this.positions[at] = at - start
    }
  }

  floats(count: number): Float32Array {
    if (this.#floats.length < count) this.#floats = new Float32Array(grown(count))
    return this.#floats.subarray(0, count)
  }

  halves(count: number): Uint16Array {
    if (this.#halves.length < count) this.#halves = new Uint16Array(grown(count))
    return this.#halves.subarray(0, count)
  }
}

/** A little more than is needed, so that slightly larger batches find room. */
function grown(count: number): number {
  return Math.ceil(count * 1.125)
}
