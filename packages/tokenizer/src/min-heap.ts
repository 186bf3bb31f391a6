/** A binary heap of numbers, the least on top; of equal ones any comes first. */
export class MinHeap {
  #heap = new Float64Array(256)
  #size = 0

  push(value: number): void {
    if (this.#size === this.#heap.length) {
      const grown = new Float64Array(2 * this.#size)
      grown.set(this.#heap)
      this.#heap = grown
    }
    const heap = this.#heap
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]! <= value) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = value
  }

  /** The least number, or -1 where there is none. */
  get least(): number {
    return this.#size === 0 ? -1 : this.#heap[0]!
  }

  /** The least number, taken out, or -1 where there is none. */
  pop(): number {
    if (this.#size === 0) return -1
    const heap = this.#heap
    const top = heap[0]!
    const last = heap[--this.#size]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= last) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }
}
