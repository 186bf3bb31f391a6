/**
 * Texts and a number for each, found byte by byte. Edges lie in one open-addressed table, at most three quarters full; a node
 * is a number, and several tries may grow in one table from roots of their own.
 */
export class ByteTrie {
  /** The number of the text that ends at a node, or -1. */
  values: Int32Array = new Int32Array(1024).fill(-1)
  /** The longest text, in bytes. */
  longest = 0
  /** Two words a slot: `node << 8 | byte`, -1 when free, then the node it leads to. */
  #slots = new Int32Array(2048).fill(-1)
  #shift = 22
  #edges = 0
  #nodes = 0

  /** Makes the root of another trie. */
  addRoot(): number {
    return this.#addNode()
  }

  /** Adds a text; one that is there already gets the new number. */
  add(root: number, text: Uint8Array, value: number): void {
    let node = root
    for (const byte of text) {
      let next = this.next(node, byte)
      if (next < 0) {
        next = this.#addNode()
        this.#addEdge((node << 8) | byte, next)
      }
      node = next
    }
    this.values[node] = value
    this.longest = Math.max(this.longest, text.length)
  }

  /** The node that `byte` leads to, or -1. */
  next(node: number, byte: number): number {
    const slots = this.#slots
    const key = (node << 8) | byte
    const mask = slots.length - 1
    for (let at = (Math.imul(key, 0x9e3779b1) >>> this.#shift) << 1; ; at = (at + 2) & mask) {
      const found = slots[at]!
      if (found === key) return slots[at + 1]!
      if (found === -1) return -1
    }
  }

  /** The number of the text `bytes[start, end)`, or -1. */
  find(root: number, bytes: Uint8Array, start: number, end: number): number {
    let node = root
    for (let i = start; i < end && node >= 0; i++) node = this.next(node, bytes[i]!)
    return node < 0 ? -1 : this.values[node]!
  }

  #addNode(): number {
    const node = this.#nodes++
    // A key has 24 bits for the node; the last one is left out so that no key is -1.
    if (node >= (1 << 24) - 1) throw new RangeError('Expected a vocabulary of at most 16 MB of text')
    if (node === this.values.length) {
      const grown = new Int32Array(2 * node).fill(-1)
      grown.set(this.values)
      this.values = grown
    }
    return node
  }

  #addEdge(key: number, node: number): void {
    if (this.#edges * 8 >= this.#slots.length * 3) this.#grow()
    this.#edges++
    this.#place(key, node)
  }

  #place(key: number, node: number): void {
    const slots = this.#slots
    let at = (Math.imul(key, 0x9e3779b1) >>> this.#shift) << 1
    while (slots[at] !== -1) at = (at + 2) & (slots.length - 1)
    slots[at] = key
    slots[at + 1] = node
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(2 * old.length).fill(-1)
    this.#shift--
    for (let at = 0; at < old.length; at += 2) if (old[at] !== -1) this.#place(old[at]!, old[at + 1]!)
  }
}
