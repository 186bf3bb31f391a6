import type { DocumentStarts } from '../token-files/document-starts.ts'
import type { TokenRun } from './token-run.ts'

/** Counts ids and notes where documents begin: 8 bytes of memory a document. */
export class DocumentLengths implements DocumentStarts {
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

  *blocks(): Generator<Float64Array, void> {
    yield this.#starts.subarray(0, this.#count)
  }
}
