import type { PieceEncoder } from './piece-encoder.ts'

/** `ignore_merges`: a piece that is one of `tokens` (one character a byte) is that rank, whatever merging makes of it. */
export function withWholeTokens(inner: PieceEncoder, tokens: ReadonlyMap<string, number>): PieceEncoder {
  const lengths = new Set(Array.from(tokens.keys(), (token) => token.length))
  return {
    encodePiece(bytes, start, end, target, at) {
      if (lengths.has(end - start)) {
        const rank = tokens.get(String.fromCharCode(...bytes.subarray(start, end)))
        if (rank !== undefined) {
          target[at] = rank
          return at + 1
        }
      }
      return inner.encodePiece(bytes, start, end, target, at)
    },
  }
}
