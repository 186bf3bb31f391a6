import type { TokenBytes } from '../vocabulary/vocabulary.ts'
import type { PieceEncoder } from './piece-encoder.ts'

/** Tells whether a stretch of bytes holds one of a set of tokens. */
export type TokenSearch = (bytes: Uint8Array, start: number, end: number) => boolean

/** Makes the search for tokens of two bytes and more: by a hash of their first three bytes, then by the bytes themselves. */
export function createTokenSearch(tokens: readonly Uint8Array[]): TokenSearch {
  const byPair = new Map<number, Uint8Array[]>()
  const begins = new Uint8Array(1 << 16)
  for (const token of tokens) {
    const pair = (token[0]! << 8) | token[1]!
    const same = byPair.get(pair)
    if (same === undefined) byPair.set(pair, [token])
    else same.push(token)
    const thirds = token.length > 2 ? [token[2]!] : Array.from({ length: 256 }, (_, byte) => byte)
    for (const third of thirds) begins[beginning(token[0]!, token[1]!, third)] = 1
  }
  return (bytes, start, end) => {
    for (let at = start; at + 1 < end; at++) {
      const first = bytes[at]!
      const second = bytes[at + 1]!
      if (begins[beginning(first, second, at + 2 < end ? bytes[at + 2]! : 0)] === 0) continue
      const same = byPair.get((first << 8) | second)
      if (same?.some((token) => startsWith(bytes, at, end, token)) === true) return true
    }
    return false
  }
}

function beginning(first: number, second: number, third: number): number {
  return ((first << 8) ^ (second << 4) ^ (third * 0x9d)) & 0xffff
}

function startsWith(bytes: Uint8Array, at: number, end: number, token: Uint8Array): boolean {
  if (at + token.length > end) return false
  for (let i = 2; i < token.length; i++) if (bytes[at + i] !== token[i]) return false
  return true
}

/**
 * A merge that comes before those of its parts breaks what the fast encoder rests on, but only in pieces that hold the token it makes: as
 * long as no such merge is carried out, all goes as without it. Those pieces are merged by definition.
 */
export function withEarlyMerges(
  fast: PieceEncoder,
  plain: PieceEncoder,
  holdsEarly: TokenSearch,
): PieceEncoder {
  return {
    encodePiece: (bytes, start, end, target, at) =>
      (holdsEarly(bytes, start, end) ? plain : fast).encodePiece(bytes, start, end, target, at),
  }
}

/** The search for the tokens of `ranks`. */
export function searchOfRanks(ranks: readonly number[], { bytes, offsets }: TokenBytes): TokenSearch {
  return createTokenSearch(ranks.map((rank) => bytes.slice(offsets[rank], offsets[rank + 1])))
}
