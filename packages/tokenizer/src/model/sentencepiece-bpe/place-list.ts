import { MinHeap } from '../../min-heap.ts'

/** Places in a text that share a rank, taken out from left to right. */
export class PlaceList {
  #places = new Int32Array(1024)
  #count = 0
  #at = 0
  /** Places that were found while those of the list were taken out. */
  readonly #late = new MinHeap()

  add(place: number): void {
    if (this.#count === this.#places.length) {
      const grown = new Int32Array(2 * this.#count)
      grown.set(this.#places)
      this.#places = grown
    }
    this.#places[this.#count++] = place
  }

  sort(): void {
    this.#places.subarray(0, this.#count).sort()
  }

  /** Moves all of another list in between the places that are left. */
  addLate(other: PlaceList): void {
    for (let place = other.take(); place >= 0; place = other.take()) this.#late.push(place)
  }

  /** Takes out the leftmost place; -1 when there is none, and the list can be filled again. */
  take(): number {
    const late = this.#late.least
    if (late >= 0 && (this.#at === this.#count || late < this.#places[this.#at]!)) return this.#late.pop()
    if (this.#at < this.#count) return this.#places[this.#at++]!
    this.#at = this.#count = 0
    return -1
  }
}
