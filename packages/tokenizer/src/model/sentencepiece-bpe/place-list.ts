/** Places in a text that share a rank, taken out from left to right. */
export class PlaceList {
  #places = new Int32Array(1024)
  #count = 0
  #at = 0
  /** Places that were found while those of the list were taken out: a binary heap. */
  readonly #late: number[] = []

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
    for (let place = other.take(); place >= 0; place = other.take()) this.#pushLate(place)
  }

  /** Takes out the leftmost place; -1 when there is none, and the list can be filled again. */
  take(): number {
    const isLate =
      this.#late.length > 0 && (this.#at === this.#count || this.#late[0]! < this.#places[this.#at]!)
    if (isLate) return this.#popLate()
    if (this.#at < this.#count) return this.#places[this.#at++]!
    this.#at = this.#count = 0
    return -1
  }

  #pushLate(place: number): void {
    const heap = this.#late
    let at = heap.length
    heap.push(place)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]! <= place) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = place
  }

  #popLate(): number {
    const heap = this.#late
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= last) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }
}
