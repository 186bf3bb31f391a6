import { TokenizerError } from './errors.ts'
import type { TokenBytes } from './vocabulary/vocabulary.ts'

// Not fatal: bytes that are not UTF-8 become U+FFFD. A byte order mark is text like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Turns ids back to bytes and text. */
export class TokenDecoder {
  readonly #bytes: Uint8Array
  /** Start and end of each id's bytes; equal where the id is no token. */
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array

  /**
   * @param ranks the bytes of every rank
   * @param idOfRank undefined when ids are ranks
   * @param others tokens without a rank: special ones, and those no merging makes
   * @param vocabSize one more than the highest id
   */
  constructor(
    ranks: TokenBytes,
    idOfRank: Uint32Array | undefined,
    others: readonly (readonly [bytes: Uint8Array, id: number])[],
    vocabSize: number,
  ) {
    const rankCount = ranks.offsets.length - 1
    let at = ranks.offsets[rankCount]!
    this.#bytes = new Uint8Array(at + others.reduce((sum, [bytes]) => sum + bytes.length, 0))
    this.#bytes.set(ranks.bytes.subarray(0, at))
    this.#starts = new Uint32Array(vocabSize)
    this.#ends = new Uint32Array(vocabSize)
    for (let rank = 0; rank < rankCount; rank++) {
      const id = idOfRank === undefined ? rank : idOfRank[rank]!
      this.#starts[id] = ranks.offsets[rank]!
      this.#ends[id] = ranks.offsets[rank + 1]!
    }
    for (const [bytes, id] of others) {
      this.#bytes.set(bytes, at)
      this.#starts[id] = at
      at += bytes.length
      this.#ends[id] = at
    }
  }

  /** Number of bytes of `id`. Throws `unknown-token` for an id that is none. */
  byteLength(id: number): number {
    const length = id < this.#ends.length ? this.#ends[id]! - this.#starts[id]! : 0
    if (!(length > 0)) {
      throw new TokenizerError(
        'unknown-token',
        `Expected a token id of this encoding (0 to ${this.#ends.length - 1}), got ${id}`,
      )
    }
    return length
  }

  /** The bytes of one token; a view, not a copy. */
  tokenBytes(id: number): Uint8Array {
    this.byteLength(id)
    return this.#bytes.subarray(this.#starts[id], this.#ends[id])
  }

  decodeBytes(ids: Iterable<number>): Uint8Array {
    const list: ArrayLike<number> = ids instanceof Uint32Array ? ids : [...ids]
    let length = 0
    for (let i = 0; i < list.length; i++) length += this.byteLength(list[i]!)
    const bytes = new Uint8Array(length)
    let at = 0
    for (let i = 0; i < list.length; i++) {
      const id = list[i]!
      for (let from = this.#starts[id]!; from < this.#ends[id]!; from++) bytes[at++] = this.#bytes[from]!
    }
    return bytes
  }

  decode(ids: Iterable<number>): string {
    return decoder.decode(this.decodeBytes(ids))
  }
}
