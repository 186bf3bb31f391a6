import type { PieceEncoder } from './piece-encoder.ts'

/** Words of an entry: the piece's bytes with their number in the last byte, then its ranks, with {@link none} after the last. */
const entryLength = 8
/** Shorter ones are found as fast without. */
const shortestPiece = 3
const longestPiece = 15
const mostRanks = 4
const none = -1

/**
 * Remember the ranks of short pieces in at most `cacheBytes`: a piece is where its hash says, and drives out the one that was
 * there. Longer pieces, and those of many ranks, go to `inner` every time. An empty entry is no piece's: its length is 0.
 */
export function withPieceCache(inner: PieceEncoder, cacheBytes: number): PieceEncoder {
  const bits = Math.floor(Math.log2(cacheBytes / (4 * entryLength)))
  if (bits < 1) return inner
  const entries = new Int32Array(entryLength << bits)
  const shift = 32 - bits

  /** Four bytes from `at` on, or as many as there are. */
  function word(bytes: Uint8Array, at: number, end: number): number {
    if (at + 4 <= end)
      return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
    let value = 0
    for (let i = at; i < end; i++) value = (value << 8) | bytes[i]!
    return value
  }

  return {
    encodePiece(bytes, start, end, target, at) {
      const length = end - start
      if (length < shortestPiece || length > longestPiece)
        return inner.encodePiece(bytes, start, end, target, at)
      const a = word(bytes, start, end)
      const b = length > 4 ? word(bytes, start + 4, end) : 0
      const c = length > 8 ? word(bytes, start + 8, end) : 0
      const d = (length > 12 ? word(bytes, start + 12, end) : 0) | (length << 24)
      const hash = Math.imul(
        a ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c ^ Math.imul(d, 0x9e3779b1), 0xc2b2ae35),
        0x9e3779b1,
      )
      const entry = (Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> shift) * entryLength
      if (
        entries[entry] === a &&
        entries[entry + 1] === b &&
        entries[entry + 2] === c &&
        entries[entry + 3] === d
      ) {
        for (let i = entry + 4; i < entry + 8 && entries[i] !== none; i++) target[at++] = entries[i]!
        return at
      }
      const out = inner.encodePiece(bytes, start, end, target, at)
      const count = out - at
      if (count <= mostRanks) {
        entries[entry] = a
        entries[entry + 1] = b
        entries[entry + 2] = c
        entries[entry + 3] = d
        for (let i = 0; i < mostRanks; i++) entries[entry + 4 + i] = i < count ? target[at + i]! : none
      }
      return out
    },
  }
}
