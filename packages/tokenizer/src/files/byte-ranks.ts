import { TokenizerError } from '../errors.ts'
import { byteLevelBpeJson } from '../tokenizer-json/byte-level-bpe-json.ts'
import { charOfByte } from '../unicode/byte-alphabet.ts'

/** A byte-level BPE vocabulary as tiktoken has it: the bytes of tokens and their ranks. */
export interface ByteRanks {
  /** The bytes of each token, one character a byte, in the order of their ranks. */
  readonly tokens: readonly string[]
  /** The id of each. */
  readonly ids: readonly number[]
}

/** What becomes of ranks in a tokenizer.json. */
export interface ByteRanksJson {
  readonly pattern: string
  readonly specialTokens: readonly (readonly [token: string, id: number])[]
}

/**
 * Writes ranks as the text of a tokenizer.json that gives the ids of tiktoken: there two neighbours merge when together they are a
 * token, those of the lowest rank first, and a piece that is a token is that token (`ignore_merges`). A token is listed as the one
 * merge that its own bytes end with when they are merged by lower ranks. Where they end with more than two parts, any two tokens that
 * make it are listed, in the place of its rank.
 */
export function tokenizerJsonOfRanks(ranks: ByteRanks, { pattern, specialTokens }: ByteRanksJson): string {
  const rankOf = new Map(ranks.tokens.map((token, rank) => [token, rank]))
  const text = (token: string): string =>
    Array.from(token, (char) => charOfByte[char.charCodeAt(0)]!).join('')
  const ways = ranks.tokens.map((token, rank) => (token.length < 2 ? [] : waysToMake(token, rank, rankOf)))
  const merges = ways.flat().map(([left, right]) => [text(left), text(right)] as const)
  // Where merging makes every token there is no need to look for pieces that are tokens.
  const isMade = ways.every((each, rank) => each.length === 1 || ranks.tokens[rank]!.length < 2)
  // A special token's id is its own only where the vocabulary has it: another would follow the highest id.
  const vocab = [
    ...specialTokens,
    ...ranks.tokens.map((token, rank) => [text(token), ranks.ids[rank]!] as const),
  ]
  return JSON.stringify(byteLevelBpeJson({ pattern, specialTokens, vocab, merges, ignoreMerges: !isMade }))
}

function waysToMake(
  token: string,
  rank: number,
  rankOf: ReadonlyMap<string, number>,
): (readonly [left: string, right: string])[] {
  const parts = token.split('')
  for (;;) {
    let best = -1
    let lowest = rank
    for (let i = 0; i + 1 < parts.length; i++) {
      const merged = rankOf.get(parts[i]! + parts[i + 1]!)
      if (merged !== undefined && merged < lowest) [best, lowest] = [i, merged]
    }
    if (best < 0) break
    parts.splice(best, 2, parts[best]! + parts[best + 1]!)
  }
  if (parts.length === 2) return [[parts[0]!, parts[1]!]]
  return Array.from({ length: token.length - 1 }, (_, i) => i + 1)
    .map((at) => [token.slice(0, at), token.slice(at)] as const)
    .filter(([left, right]) => rankOf.has(left) && rankOf.has(right))
}

/** The bytes of base64, one character a byte. */
export function bytesOfBase64(base64: string, where: string): string {
  try {
    const bytes = atob(base64)
    if (bytes !== '') return bytes
  } catch {
    // Said below.
  }
  throw new TokenizerError(
    'invalid-vocabulary',
    `Expected the bytes of a token in base64 at ${where}, got ${JSON.stringify(base64.slice(0, 100))}`,
  )
}

/** Checks that every byte is a token and no token comes twice. */
export function checkRanks({ tokens }: ByteRanks, name: string): void {
  const known = new Set(tokens)
  if (known.size < tokens.length)
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected every token of ${name} once, got one of them again`,
    )
  for (let byte = 0; byte < 256; byte++) {
    if (!known.has(String.fromCharCode(byte)))
      throw new TokenizerError(
        'invalid-vocabulary',
        `Expected all 256 bytes among the tokens of ${name}, got none for ${byte}`,
      )
  }
}
