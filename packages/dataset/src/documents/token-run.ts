/** Consecutive ids of a sequence of documents. */
export interface TokenRun {
  /** Valid until the next run is asked for. */
  readonly ids: Int32Array
  /** Indices in `ids` at which a document begins. */
  readonly starts: readonly number[]
}

/** Collects ids and the places where documents begin; its memory is used again for the next run. */
export class TokenRunBuilder {
  #ids = new Int32Array(1 << 12)
  #length = 0
  #starts: number[] = []

  get length(): number {
    return this.#length
  }

  /** Makes the next id the first one of a document. */
  begin(): void {
    this.#starts.push(this.#length)
  }

  add(id: number): void {
    if (this.#length === this.#ids.length) {
      const larger = new Int32Array(2 * this.#length)
      larger.set(this.#ids)
      this.#ids = larger
    }
    this.#ids[this.#length++] = id
  }

  /** Returns what was collected, and starts again. */
  take(): TokenRun {
    const run = { ids: this.#ids.subarray(0, this.#length), starts: this.#starts }
    this.#length = 0
    this.#starts = []
    return run
  }
}
