/** Scratch memory above this many ids is not kept for the next text. */
const keptScratch = 1 << 20

/** Where ids are written: the caller's memory as long as they fit, then memory of its own. */
export class IdBuffer {
  ids: Uint32Array
  length = 0
  #own: Uint32Array = new Uint32Array(4096)

  constructor() {
    this.ids = this.#own
  }

  /** Begins again, in the caller's memory where there is some. */
  begin(target: Uint32Array | undefined): void {
    this.ids = target ?? this.#own
    this.length = 0
  }

  /** Makes room for `count` ids more. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.ids.length) return
    const written = this.ids.subarray(0, this.length)
    if (this.ids !== this.#own && needed <= this.#own.length) {
      this.ids = this.#own
    } else {
      this.ids = new Uint32Array(
        this.length === 0 ? Math.max(needed, 4096) : Math.max(needed, 2 * this.length),
      )
      if (this.ids.length <= keptScratch) this.#own = this.ids
    }
    this.ids.set(written)
  }

  push(id: number): void {
    this.reserve(1)
    this.ids[this.length++] = id
  }

  /** The ids so far; good until the next text. */
  get view(): Uint32Array {
    return this.ids.subarray(0, this.length)
  }
}
