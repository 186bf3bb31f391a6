import type { TokenRun } from './token-run.ts'

/** Counts ids and notes where documents begin: 8 bytes of memory a document. */
export class DocumentLengths {
  tokens = 0
  #starts = new Float64Array(1024)
  #count = 0

  add({ ids, starts }: TokenRun): void {
    for (const start of starts) {
      if (this.#count === this.#starts.length) {
        const larger = new Float64Array(2 * this.#count)
        larger.set(this.#starts)
        this.#starts = larger
      }
      this.#starts[this.#count++] = this.tokens + start
    }
    this.tokens += ids.length
  }

  get documents(): number {
    return this.#count
  }

  /** Index of each document's first id, and after the last the number of all ids. */
  offsets(): BigInt64Array {
    const offsets = new BigInt64Array(this.#count + 1)
    for (let index = 0; index < this.#count; index++) offsets[index] = BigInt(this.#starts[index]!)
    offsets[this.#count] = BigInt(this.tokens)
    return offsets
  }
}
