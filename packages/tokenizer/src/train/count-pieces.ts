import { charAt, invalidClass } from '../pretokenize/char-at.ts'
import type { Scanner } from '../pretokenize/scanner.ts'

/** The distinct pieces of a corpus in the order they first come, one character a byte, with how often each comes. */
export type PieceCounts = Map<string, number>

const utf8 = new TextEncoder()

/** Count the pieces of one more text. Bytes that are not UTF-8 are pieces of their own. */
export function countPieces(counts: PieceCounts, text: string | Uint8Array, scan: Scanner): void {
  const bytes = typeof text === 'string' ? utf8.encode(text) : text
  for (let at = 0; at < bytes.length;) {
    let end = scan(bytes, at, bytes.length)
    if (end < 0) {
      end = at + 1
      while (end < bytes.length && (charAt(bytes, end, bytes.length) & 15) === invalidClass) end++
    }
    const piece = String.fromCharCode(...bytes.subarray(at, Math.min(end, at + longestPiece)))
    counts.set(piece, (counts.get(piece) ?? 0) + 1)
    at = Math.min(end, at + longestPiece)
  }
}

/** Longer pieces are counted in parts: what is learnt from a megabyte of one letter is learnt from this much of it. */
const longestPiece = 4096
