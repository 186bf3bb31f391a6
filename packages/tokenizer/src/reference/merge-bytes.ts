/** Token bytes as a string of one character a byte, mapped to the rank. */
export type Ranks = ReadonlyMap<string, number>

/**
 * The definition of byte-level BPE, as slow as it is obvious: while two neighbours together are a token, join the pair
 * whose token has the lowest rank, the leftmost of equals. Quadratic; kept to test the fast encoder against.
 */
export function mergeBytes(piece: string, ranks: Ranks): string[] {
  const parts = piece.split('')
  for (;;) {
    let best = -1
    let bestRank = Infinity
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(parts[i]! + parts[i + 1]!)
      if (rank !== undefined && rank < bestRank) {
        bestRank = rank
        best = i
      }
    }
    if (best < 0) return parts
    parts.splice(best, 2, parts[best]! + parts[best + 1]!)
  }
}
