import type { Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'

/** Bytes of a document that are tokenized at a time; a document up to this size is tokenized whole. */
const windowByteLength = 1 << 20

/** A document that has no place to cut is held whole up to this size. */
const largestByteLength = 1 << 28

/**
 * Tokenizes documents that come in pieces of any size, in bounded memory. Cuts fall where the ids of the two sides,
 * joined, are the ids of the whole, so the pieces' borders leave no trace.
 */
export class DocumentEncoder {
  readonly #encoding: Encoding
  readonly #allowedSpecial: ReadonlySet<string>
  readonly #onIds: (ids: Uint32Array) => void
  #bytes = new Uint8Array(windowByteLength)
  #filled = 0
  #ids = new Uint32Array(windowByteLength)

  /** @param onIds receives ids in memory that is used again */
  constructor(encoding: Encoding, allowedSpecial: ReadonlySet<string>, onIds: (ids: Uint32Array) => void) {
    this.#encoding = encoding
    this.#allowedSpecial = allowedSpecial
    this.#onIds = onIds
  }

  push(piece: Uint8Array): void {
    let rest = piece
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.#bytes.length - this.#filled)
      this.#bytes.set(taken, this.#filled)
      this.#filled += taken.length
      rest = rest.subarray(taken.length)
      if (this.#filled === this.#bytes.length) this.#flushFull()
    }
  }

  /** Ends the document: what comes next is another one. */
  end(): void {
    this.#encode(this.#filled)
    this.#filled = 0
  }

  #flushFull(): void {
    const full = this.#bytes
    const options = { allowedSpecial: this.#allowedSpecial }
    const cut = this.#encoding.findSafeCut(full, full.length, options, full.length)
    if (cut <= 0) {
      if (full.length >= largestByteLength) {
        throw new RunError(
          'unbreakable-text',
          `Expected a place to cut within ${largestByteLength} bytes of a document, found none; split the document`,
        )
      }
      this.#bytes = new Uint8Array(full.length * 2)
      this.#bytes.set(full)
      return
    }
    this.#encode(cut)
    full.copyWithin(0, cut, this.#filled)
    this.#filled -= cut
  }

  #encode(byteLength: number): void {
    if (byteLength === 0) return
    if (this.#ids.length < byteLength) this.#ids = new Uint32Array(this.#bytes.length)
    const count = this.#encoding.encodeInto(this.#bytes.subarray(0, byteLength), this.#ids, {
      allowedSpecial: this.#allowedSpecial,
    })
    this.#onIds(this.#ids.subarray(0, count))
  }
}
