/** The blocks used last, up to a number of them. */
export class BlockCache<T> {
  readonly #capacity: number
  /** In order of use, the latest last. */
  readonly #blocks = new Map<number, T>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: number, load: () => T): T {
    let block = this.#blocks.get(key)
    if (block === undefined) {
      if (this.#blocks.size >= this.#capacity) this.#evict()
      block = load()
    } else if (this.#capacity === Infinity) {
      return block
    } else {
      this.#blocks.delete(key)
    }
    this.#blocks.set(key, block)
    return block
  }

  #evict(): void {
    const [oldest] = this.#blocks.keys()
    if (oldest !== undefined) this.#blocks.delete(oldest)
  }
}
