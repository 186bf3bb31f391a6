/** The blocks used last, up to a number of them. */
export class BlockCache<T> {
  readonly #capacity: number
  /** In order of use, the latest last. */
  readonly #blocks = new Map<number, T>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** @param load is given the block that had to go, whose memory it may use again */
  get(key: number, load: (evicted: T | undefined) => T): T {
    let block = this.#blocks.get(key)
    if (block === undefined) {
      block = load(this.#blocks.size >= this.#capacity ? this.#evict() : undefined)
    } else if (this.#capacity === Infinity) {
      return block
    } else {
      this.#blocks.delete(key)
    }
    this.#blocks.set(key, block)
    return block
  }

  #evict(): T | undefined {
    const [oldest] = this.#blocks
    if (oldest === undefined) return undefined
    this.#blocks.delete(oldest[0])
    return oldest[1]
  }
}
