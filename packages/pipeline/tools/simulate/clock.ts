/** Workers that are free at some time, the earliest first: a binary heap. */
export class Workers {
  readonly #at: number[] = []
  readonly #worker: number[] = []

  add(at: number, worker: number): void {
    let place = this.#at.length
    this.#at.push(at)
    this.#worker.push(worker)
    while (place > 0) {
      const above = (place - 1) >> 1
      if (this.#at[above]! <= this.#at[place]!) break
      this.#swap(place, above)
      place = above
    }
  }

  take(): { readonly at: number; readonly worker: number } {
    const first = { at: this.#at[0]!, worker: this.#worker[0]! }
    const at = this.#at.pop()!
    const worker = this.#worker.pop()!
    if (this.#at.length > 0) {
      this.#at[0] = at
      this.#worker[0] = worker
      this.#sink()
    }
    return first
  }

  #sink(): void {
    for (let place = 0; ;) {
      let least = place
      for (const below of [2 * place + 1, 2 * place + 2])
        if (below < this.#at.length && this.#at[below]! < this.#at[least]!) least = below
      if (least === place) return
      this.#swap(place, least)
      place = least
    }
  }

  #swap(left: number, right: number): void {
    for (const list of [this.#at, this.#worker]) {
      const kept = list[left]!
      list[left] = list[right]!
      list[right] = kept
    }
  }
}
