import type { Scanner } from '../pretokenize/scanner.ts'
import type { EncodeRange, PieceEncoder } from './piece-encoder.ts'

/** Encodes text without special tokens: the part that must be fast. */
export interface OrdinaryEncoder {
  /**
   * Writes the ids of `bytes[start, end)` to `target` from `at` on and returns where they end, or -1 when the bytes are not
   * valid UTF-8. There must be room for one id a byte.
   */
  readonly encode: EncodeRange
  /** Writes the ids of `bytes[start, end)` taken as a single piece, whatever the bytes; otherwise as `encode`. */
  readonly encodePiece: EncodeRange
}

/** Scans, and encodes each piece to ids. */
export function createOrdinaryEncoder(scan: Scanner, { encodePiece }: PieceEncoder): OrdinaryEncoder {
  function encode(bytes: Uint8Array, start: number, end: number, target: Uint32Array, at: number): number {
    for (let pos = start; pos < end;) {
      const next = scan(bytes, pos, end)
      if (next < 0) return -1
      at = encodePiece(bytes, pos, next, target, at)
      pos = next
    }
    return at
  }

  return { encode, encodePiece }
}
