import type { WordAffixes } from '../model/sentencepiece-bpe/word-affixes.ts'

/** BPE of words as plain as it can be said. */
export interface PlainWordBpe extends WordAffixes {
  readonly tokens: ReadonlySet<string>
  /** Pairs of tokens in the order in which they are merged. */
  readonly merges: readonly (readonly [left: string, right: string])[]
}

/**
 * BPE of a word by its definition: characters, named after their place, of which the pair that stands first in the list is joined, the leftmost
 * of equals. Undefined stands for a character without a token. Kept to test the fast encoder against.
 */
export function mergeWord(
  word: string,
  { tokens, merges, ...affixes }: PlainWordBpe,
): (string | undefined)[] {
  const { continuingPrefix, endSuffix } = affixes
  const chars = Array.from(word)
  const parts = chars.map((char, i) => {
    const name = (i === 0 ? '' : continuingPrefix) + char + (i + 1 === chars.length ? endSuffix : '')
    return tokens.has(name) ? name : undefined
  })
  for (;;) {
    let best = merges.length
    let place = -1
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = merges.findIndex(([left, right]) => left === parts[i] && right === parts[i + 1])
      if (rank >= 0 && rank < best) {
        best = rank
        place = i
      }
    }
    if (place < 0) return parts
    const [left, right] = merges[best]!
    parts.splice(place, 2, left + right.slice(continuingPrefix.length))
  }
}
