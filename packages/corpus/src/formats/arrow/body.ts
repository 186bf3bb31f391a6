import { zstdDecompressSync } from 'node:zlib'
import type { BatchFacts } from './metadata.ts'
import { decodeLz4Frame } from './lz4-frame.ts'

/** Nothing is stored compressed whose length is -1: writers leave buffers as they are that would grow. */
const notCompressed = -1n

/**
 * The buffers of a record batch, checked against its body and decompressed as they are asked for: a column that nobody
 * reads costs nothing.
 */
export class ArrowBody {
  readonly batch: BatchFacts
  /** Bytes as stored. */
  readonly byteLength: number
  readonly #body: Uint8Array
  #budget: number

  /** @param maxBytes most bytes that all buffers together may have once they are decompressed */
  constructor(batch: BatchFacts, body: Uint8Array, maxBytes: number) {
    this.batch = batch
    this.#body = body
    this.byteLength = body.length
    this.#budget = maxBytes
    for (const { offset, byteLength } of batch.buffers) {
      if (offset % 8 !== 0 || offset + byteLength > body.length)
        throw new Error('a buffer lies outside its body')
    }
  }

  /** @throws Error if the buffer is damaged, or if the buffers of the batch are larger than the limit */
  buffer(index: number): Uint8Array {
    const place = this.batch.buffers[index]
    if (place === undefined) throw new Error('a record batch lacks a buffer')
    const stored = this.#body.subarray(place.offset, place.offset + place.byteLength)
    if (this.batch.codec === 'none' || stored.length === 0) return stored
    if (stored.length < 8) throw new Error('a compressed buffer has no length')
    const length = new DataView(stored.buffer, stored.byteOffset).getBigInt64(0, true)
    const bytes = stored.subarray(8)
    return length === notCompressed ? bytes : this.#decompress(bytes, Number(length))
  }

  #decompress(bytes: Uint8Array, length: number): Uint8Array {
    if (!Number.isSafeInteger(length) || length < 0) throw new Error(`a buffer of ${length} bytes`)
    if (length === 0) return new Uint8Array(0)
    if (length > this.#budget) throw new BodyTooLarge(length)
    this.#budget -= length
    const plain =
      this.batch.codec === 'lz4'
        ? decodeLz4Frame(bytes, length)
        : zstdDecompressSync(bytes, { maxOutputLength: length })
    if (plain.length !== length) throw new Error(`a buffer has ${plain.length} bytes, not ${length}`)
    // The views of numbers need their alignment.
    return plain.byteOffset % 8 === 0 ? plain : new Uint8Array(plain)
  }
}

/** Thrown where the buffers of a batch would be larger than the limit. */
export class BodyTooLarge extends Error {
  readonly byteLength: number

  constructor(byteLength: number) {
    super(`a buffer of ${byteLength} bytes`)
    this.byteLength = byteLength
  }
}
