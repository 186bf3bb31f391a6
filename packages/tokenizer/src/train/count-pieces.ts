import { charAt, invalidClass } from '../pretokenize/char-at.ts'
import type { Scanner } from '../pretokenize/scanner.ts'

const utf8 = new TextEncoder()

/** Longer pieces are counted in parts: what is learnt from a megabyte of one letter is learnt from this much of it. */
const longestPiece = 4096

/** The distinct pieces of a corpus in the order they first come, with how often each comes: a hash table of bytes. */
export class PieceCounts {
  /** How many distinct pieces there are. */
  size = 0
  /** The bytes of all pieces one after the other; those of piece i are from `starts[i]` to `starts[i + 1]`. */
  bytes = new Uint8Array(1 << 16)
  starts = new Uint32Array(1 << 12)
  counts = new Float64Array(1 << 12)
  /** The piece of each slot, or -1; at most half full. */
  #slots = new Int32Array(1 << 13).fill(-1)

  /** Counts the pieces of one more text. Bytes that are not UTF-8 are pieces of their own. */
  addText(text: string | Uint8Array, scan: Scanner): void {
    const bytes = typeof text === 'string' ? utf8.encode(text) : text
    for (let at = 0; at < bytes.length;) {
      let end = scan(bytes, at, bytes.length)
      if (end < 0) {
        end = at + 1
        while (end < bytes.length && (charAt(bytes, end, bytes.length) & 15) === invalidClass) end++
      }
      end = Math.min(end, at + longestPiece)
      this.add(bytes, at, end)
      at = end
    }
  }

  /** Counts the piece `text[start, end)` once more. */
  add(text: Uint8Array, start: number, end: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashOf(text, start, end) & mask
    for (; slots[slot] !== -1; slot = (slot + 1) & mask) {
      const piece = slots[slot]!
      if (this.#isEqual(piece, text, start, end)) {
        this.counts[piece]!++
        return
      }
    }
    slots[slot] = this.size
    this.#append(text, start, end)
    if (this.size * 2 > slots.length) this.#grow()
  }

  #isEqual(piece: number, text: Uint8Array, start: number, end: number): boolean {
    const from = this.starts[piece]!
    if (this.starts[piece + 1]! - from !== end - start) return false
    for (let i = start; i < end; i++) if (this.bytes[from + i - start] !== text[i]) return false
    return true
  }

  #append(text: Uint8Array, start: number, end: number): void {
    const from = this.starts[this.size]!
    const to = from + end - start
    if (to > this.bytes.length) this.bytes = grown(this.bytes, Math.max(to, 2 * this.bytes.length))
    for (let i = start; i < end; i++) this.bytes[from + i - start] = text[i]!
    this.counts[this.size++] = 1
    if (this.size + 1 >= this.starts.length) {
      this.starts = grown(this.starts, 2 * this.starts.length)
      this.counts = grown(this.counts, 2 * this.counts.length)
    }
    this.starts[this.size] = to
  }

  #grow(): void {
    const slots = new Int32Array(4 * this.#slots.length).fill(-1)
    const mask = slots.length - 1
    for (let piece = 0; piece < this.size; piece++) {
      let slot = hashOf(this.bytes, this.starts[piece]!, this.starts[piece + 1]!) & mask
      while (slots[slot] !== -1) slot = (slot + 1) & mask
      slots[slot] = piece
    }
    this.#slots = slots
  }
}

function hashOf(text: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text[i]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

/** A copy of an array with room for `length`. */
export function grown<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(
  array: T,
  length: number,
): T {
  const longer = new (array.constructor as new (length: number) => T)(length)
  longer.set(array)
  return longer
}
