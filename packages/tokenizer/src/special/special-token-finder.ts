/** A place in the text where a special token stands. */
export interface SpecialMatch {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly id: number
}

interface TrieNode {
  readonly children: Map<number, TrieNode>
  token?: { readonly text: string; readonly id: number; readonly length: number }
}

const utf8 = new TextEncoder()

/** Finds the leftmost special token in UTF-8 bytes; the longest where several start at one place. */
export class SpecialTokenFinder {
  readonly #root: TrieNode = { children: new Map() }
  readonly #firstBytes = new Uint8Array(256)
  readonly #onlyFirstByte: number
  readonly #longest: number

  constructor(tokens: Iterable<readonly [text: string, id: number]>) {
    let longest = 0
    for (const [text, id] of tokens) {
      let node = this.#root
      const bytes = utf8.encode(text)
      if (bytes.length === 0) continue
      for (const byte of bytes) {
        let child = node.children.get(byte)
        if (child === undefined) node.children.set(byte, (child = { children: new Map() }))
        node = child
      }
      longest = Math.max(longest, bytes.length)
      node.token = { text, id, length: bytes.length }
      this.#firstBytes[bytes[0]!] = 1
    }
    this.#longest = longest
    const first = [...this.#root.children.keys()]
    this.#onlyFirstByte = first.length === 1 ? first[0]! : -1
  }

  /** The first special token that starts in `bytes[from, end)` and ends there, or undefined. */
  find(bytes: Uint8Array, from: number, end: number): SpecialMatch | undefined {
    for (let at = this.#candidate(bytes, from, end); at >= 0; at = this.#candidate(bytes, at + 1, end)) {
      const match = this.matchAt(bytes, at, end)
      if (match !== undefined) return match
    }
    return undefined
  }

  /** The longest special token that starts exactly at `at`. */
  matchAt(bytes: Uint8Array, at: number, end: number): SpecialMatch | undefined {
    let found: TrieNode['token']
    let node = this.#root.children.get(bytes[at]!)
    for (let i = at + 1; node !== undefined; i++) {
      if (node.token !== undefined) found = node.token
      if (i >= end) break
      node = node.children.get(bytes[i]!)
    }
    if (found === undefined) return undefined
    return { start: at, end: at + found.length, text: found.text, id: found.id }
  }

  /** Whether some special token starts before `offset` and ends after it. */
  straddles(bytes: Uint8Array, offset: number): boolean {
    for (let at = Math.max(0, offset - this.#longest + 1); at < offset; at++) {
      if (this.#firstBytes[bytes[at]!] !== 1) continue
      if ((this.matchAt(bytes, at, bytes.length)?.end ?? 0) > offset) return true
    }
    return false
  }

  #candidate(bytes: Uint8Array, from: number, end: number): number {
    if (this.#onlyFirstByte >= 0) {
      const at = bytes.indexOf(this.#onlyFirstByte, from)
      return at < end ? at : -1
    }
    for (let at = from; at < end; at++) if (this.#firstBytes[bytes[at]!] === 1) return at
    return -1
  }
}
