/** A pair of neighbours and how often it comes. */
export interface PairCount {
  readonly left: number
  readonly right: number
  count: number
}

/** A binary heap of pairs; entries keep the count they were pushed with, so that stale ones can be told. */
export class PairQueue {
  readonly #heap: { readonly pair: PairCount; readonly count: number }[] = []
  readonly #isBefore: (a: PairCount, b: PairCount) => boolean

  /** @param isBefore which of two pairs of equal count comes out first */
  constructor(isBefore: (a: PairCount, b: PairCount) => boolean) {
    this.#isBefore = isBefore
  }

  push(pair: PairCount): void {
    const heap = this.#heap
    const entry = { pair, count: pair.count }
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#precedes(entry, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  /** The pair with the highest count as it is now, taken out; undefined when none is left. */
  pop(): PairCount | undefined {
    for (;;) {
      const top = this.#popEntry()
      if (top === undefined) return undefined
      if (top.count === top.pair.count) return top.pair
      if (top.pair.count > 0 && top.count > top.pair.count) this.push(top.pair)
    }
  }

  #popEntry(): { readonly pair: PairCount; readonly count: number } | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#precedes(heap[child + 1]!, heap[child]!)) child++
      if (!this.#precedes(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }

  #precedes(a: { pair: PairCount; count: number }, b: { pair: PairCount; count: number }): boolean {
    return a.count === b.count ? this.#isBefore(a.pair, b.pair) : a.count > b.count
  }
}
