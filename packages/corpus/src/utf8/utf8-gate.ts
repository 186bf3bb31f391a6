import { isUtf8 } from 'node:buffer'
import { sequenceAt, unfinishedTail } from './sequence.ts'

const nothing = new Uint8Array(0)

/** U+FFFD, what the WHATWG decoder and Python's `errors='replace'` put for each ill-formed maximal subpart. */
export const replacementCharacter: Uint8Array = Uint8Array.of(0xef, 0xbf, 0xbd)

/** Told of each ill-formed maximal subpart, in order; may throw to stop. */
export type OnInvalidUtf8 = (position: number, byteLength: number) => void

/**
 * Lets UTF-8 through and repairs the rest, chunk by chunk. What comes out, joined, does not depend on where the chunks
 * were cut, and every piece that comes out begins and ends at a character border. A byte order mark is text (U+FEFF),
 * as for Python's `encoding='utf-8'`. Clean chunks are checked by Node's native `isUtf8` and passed on without a copy.
 */
export class Utf8Gate {
  readonly #substitute: Uint8Array
  readonly #onInvalid: OnInvalidUtf8
  /** Bytes at the end of the last chunk that begin a sequence: 0 to 3. */
  #pending: Uint8Array = nothing
  /** Position of the first byte of `#pending`, or of the next chunk. */
  #position: number

  /**
   * @param substitute put in the place of each ill-formed maximal subpart; empty to remove it
   * @param position of the first byte, for `onInvalid`
   */
  constructor(substitute: Uint8Array, onInvalid: OnInvalidUtf8, position: number = 0) {
    this.#substitute = substitute
    this.#onInvalid = onInvalid
    this.#position = position
  }

  /** @returns the text of the chunk as pieces of valid UTF-8; they may share the chunk's memory */
  push(chunk: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = []
    let body = chunk
    if (this.#pending.length > 0) {
      const pendingLength = this.#pending.length
      const joined = new Uint8Array(pendingLength + Math.min(3, chunk.length))
      joined.set(this.#pending)
      joined.set(chunk.subarray(0, 3), pendingLength)
      let at = 0
      while (at < pendingLength) {
        const length = sequenceAt(joined, at, joined.length)
        if (length === 0) break
        if (length > 0) pieces.push(joined.subarray(at, at + length))
        else this.#invalid(this.#position + at, -length, pieces)
        at += Math.abs(length)
      }
      this.#position += at
      if (at < pendingLength) {
        this.#pending = joined.subarray(at)
        return pieces
      }
      body = chunk.subarray(at - pendingLength)
    }
    const tail = unfinishedTail(body)
    const settled = body.length - tail
    this.#pending = tail === 0 ? nothing : new Uint8Array(body.subarray(settled))
    if (settled > 0) {
      const text = body.subarray(0, settled)
      pieces.push(isUtf8(text) ? text : this.#repair(body, settled))
    }
    this.#position += settled
    return pieces
  }

  /** Ends the text: an unfinished sequence is ill-formed now. */
  end(): Uint8Array[] {
    const pieces: Uint8Array[] = []
    if (this.#pending.length > 0) this.#invalid(this.#position, this.#pending.length, pieces)
    this.#position += this.#pending.length
    this.#pending = nothing
    return pieces
  }

  #invalid(position: number, byteLength: number, pieces: Uint8Array[]): void {
    this.#onInvalid(position, byteLength)
    if (this.#substitute.length > 0) pieces.push(this.#substitute)
  }

  /** Copies `bytes[0, settled)` with its faults repaired; one buffer however many there are. */
  #repair(bytes: Uint8Array, settled: number): Uint8Array {
    const substitute = this.#substitute
    let repaired = new Uint8Array(settled + 64)
    let filled = 0
    let from = 0
    const copy = (to: number, extra: Uint8Array): void => {
      const needed = filled + to - from + extra.length + (settled - to)
      if (needed > repaired.length) {
        const larger = new Uint8Array(Math.max(needed, repaired.length * 2))
        larger.set(repaired.subarray(0, filled))
        repaired = larger
      }
      repaired.set(bytes.subarray(from, to), filled)
      repaired.set(extra, filled + to - from)
      filled += to - from + extra.length
    }
    for (let at = 0; at < settled;) {
      const length = sequenceAt(bytes, at, bytes.length)
      if (length > 0) {
        at += length
        continue
      }
      this.#onInvalid(this.#position + at, -length)
      copy(at, substitute)
      at -= length
      from = at
    }
    copy(settled, nothing)
    return repaired.subarray(0, filled)
  }
}
