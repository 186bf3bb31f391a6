import type { OrdinaryEncoder } from './bpe/ordinary-encoder.ts'
import { charAt, invalidClass } from './pretokenize/char-at.ts'
import type { Scanner } from './pretokenize/scanner.ts'
import type { TokenDecoder } from './token-decoder.ts'

/** What tiktoken's way with invalid UTF-8 needs. */
export interface InvalidUtf8Parts {
  readonly ordinary: OrdinaryEncoder
  readonly scan: Scanner
  readonly decoder: TokenDecoder
}

/** How many bytes from `start` on are valid UTF-8. */
export function validLength(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const char = charAt(bytes, at, end)
    if ((char & 15) === invalidClass) break
    at += char >> 4
  }
  return at - start
}

/**
 * tiktoken's `_encode_bytes` for bytes that are not valid UTF-8: the valid beginning is encoded as text; then its last
 * piece (with the tokens of white space before it, if it starts with one) and all the rest are encoded as one piece.
 */
export function encodeInvalidUtf8(
  { ordinary, scan, decoder }: InvalidUtf8Parts,
  bytes: Uint8Array,
  target: Uint32Array,
  at: number,
): number {
  const validEnd = validLength(bytes, 0, bytes.length)
  let lastPiece = 0
  for (let pos = 0; pos < validEnd; pos = scan(bytes, pos, validEnd)) lastPiece = pos
  // Pieces depend on what follows them, so all are encoded together, and the last one's ids counted off the end.
  const lastCount =
    lastPiece < validEnd ? ordinary.encodePiece(bytes, lastPiece, validEnd, target, at) - at : 0
  const out = ordinary.encode(bytes, 0, validEnd, target, at)
  let kept = out - lastCount
  let rest = lastPiece
  if (kept < out && isSpace(decoder.tokenBytes(target[kept]!))) {
    while (kept > at && isSpace(decoder.tokenBytes(target[kept - 1]!))) {
      kept--
      rest -= decoder.byteLength(target[kept]!)
    }
  }
  return ordinary.encodePiece(bytes, rest, bytes.length, target, kept)
}

function isSpace(token: Uint8Array): boolean {
  return token.every((byte) => byte === 0x20 || byte === 0x0a || byte === 0x09)
}
