import { MergeTable, rankMask } from '../../bpe/merge-table.ts'
import { refuse } from '../../tokenizer-json/json-shape.ts'

/** Merges of tokens by number, in the order of the file: `left[i]` and `right[i]` make `made[i]`. Tokens 0 to 255 are the bytes. */
export interface MergeList {
  readonly left: Uint32Array
  readonly right: Uint32Array
  readonly made: Uint32Array
  readonly length: number
  /** Number of tokens. */
  readonly tokenCount: number
}

/** The merges that are ever carried out. */
export interface EffectiveMerges {
  /** The token of each rank: the 256 bytes, then one rank for each merge, in the order of the file. */
  readonly tokenOfRank: Uint32Array
  /** Ranks of the parts; below 256 the rank itself. */
  readonly left: Uint32Array
  readonly right: Uint32Array
  /** Ranks whose merge stands before a merge that makes one of its parts. */
  readonly earlyRanks: readonly number[]
}

const none = 0xffffffff

/**
 * Finds the merges that are ever carried out, one a token at most. Inside the bytes of a token, merging goes the way it goes alone until
 * the token is made, since no merge across its borders comes before; so of several merges to one token only one can end it.
 *
 * Nearly always that merge comes after those of its parts. Then adding merges in order, each only if merging by those before ends with
 * its two parts side by side, finds them all. Where a merge comes before its parts' ("early") and no other makes its token, it may be
 * carried out: then every token with such a token inside is merged by definition, one by one.
 */
export function findEffectiveMerges(list: MergeList): EffectiveMerges {
  const { left, right, made, length, tokenCount } = list
  if (256 + length >= rankMask) refuse(`a BPE model of ${length} merges, more than ${rankMask - 256}`)
  const merges = new MergeTable(256 + length)
  const rankOfToken = new Uint32Array(tokenCount).fill(none)
  for (let byte = 0; byte < 256; byte++) rankOfToken[byte] = byte
  const tokenOfRank = new Uint32Array(256 + length)
  for (let byte = 0; byte < 256; byte++) tokenOfRank[byte] = byte
  const mergeOfRank = new Uint32Array(256 + length)
  const early: number[] = []
  for (let i = 0; i < length; i++) {
    const token = made[i]!
    if (rankOfToken[token] !== none) continue
    const a = rankOfToken[left[i]!]!
    const b = rankOfToken[right[i]!]!
    if (a === none || b === none) {
      early.push(i)
    } else if (merges.isValidPair(a, b)) {
      const rank = merges.add(a, b)
      rankOfToken[token] = rank
      tokenOfRank[rank] = token
      mergeOfRank[rank] = i
    }
  }
  const possible = early.filter(
    (i) =>
      rankOfToken[made[i]!] === none && rankOfToken[left[i]!] !== none && rankOfToken[right[i]!] !== none,
  )
  const { size } = merges
  if (possible.length === 0) {
    return {
      tokenOfRank: tokenOfRank.slice(0, size),
      left: merges.left.slice(0, size),
      right: merges.right.slice(0, size),
      earlyRanks: [],
    }
  }
  const mergeOfToken = new Uint32Array(tokenCount).fill(none)
  for (let rank = 256; rank < size; rank++) mergeOfToken[tokenOfRank[rank]!] = mergeOfRank[rank]!
  remergeAround(list, new Set(possible.map((i) => made[i]!)), mergeOfToken)
  return rankInOrder(list, mergeOfToken)
}

/** Merges by definition every token that holds one of `suspects`, or has no merge yet, and writes down the merge that ends it. */
function remergeAround(list: MergeList, suspects: ReadonlySet<number>, mergeOfToken: Uint32Array): void {
  const { left, right, made, length, tokenCount } = list
  /** Some merge of each token, whichever: it spells the token. */
  const spelling = new Uint32Array(tokenCount).fill(none)
  const mergeOfPair = new Map<number, number>()
  for (let i = 0; i < length; i++) {
    if (spelling[made[i]!] === none) spelling[made[i]!] = i
    mergeOfPair.set(left[i]! * tokenCount + right[i]!, i)
  }
  const spelled = new Map<number, string>()
  function spell(token: number): string {
    if (token < 256) return String.fromCharCode(token)
    let text = spelled.get(token)
    if (text === undefined) {
      const i = spelling[token]!
      text = i === none ? '' : spell(left[i]!) + spell(right[i]!)
      spelled.set(token, text)
    }
    return text
  }
  const texts = Array.from(suspects, spell)
  const holdsSuspect = new RegExp(texts.map((text) => text.replaceAll(/[^\w]/g, escapeUnit)).join('|'))
  for (let token = 256; token < tokenCount; token++) {
    if (spelling[token] === none) continue
    const text = spell(token)
    if (mergeOfToken[token] !== none && !holdsSuspect.test(text)) continue
    mergeOfToken[token] = lastMerge(text, token, list, mergeOfPair)
  }
}

function escapeUnit(unit: string): string {
  return `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** The merge that ends the merging of a token's own bytes, or none when that is not the token. */
function lastMerge(
  text: string,
  token: number,
  { made, tokenCount }: MergeList,
  mergeOfPair: ReadonlyMap<number, number>,
): number {
  const parts = Array.from(text, (char) => char.charCodeAt(0))
  let last = none
  while (parts.length > 1) {
    let best = Infinity
    let place = -1
    for (let i = 0; i + 1 < parts.length; i++) {
      const merge = mergeOfPair.get(parts[i]! * tokenCount + parts[i + 1]!)
      if (merge !== undefined && merge < best) {
        best = merge
        place = i
      }
    }
    if (place < 0) return none
    last = best
    parts.splice(place, 2, made[best]!)
  }
  return parts[0] === token ? last : none
}

/** Numbers the merges that were found in the order of the file. */
function rankInOrder(
  { left, right, made, tokenCount }: MergeList,
  mergeOfToken: Uint32Array,
): EffectiveMerges {
  const found = mergeOfToken.filter((merge) => merge !== none).toSorted()
  const size = 256 + found.length
  const rankOfToken = new Uint32Array(tokenCount).fill(none)
  const tokenOfRank = new Uint32Array(size)
  for (let rank = 0; rank < size; rank++) {
    const token = rank < 256 ? rank : made[found[rank - 256]!]!
    tokenOfRank[rank] = token
    rankOfToken[token] = rank
  }
  const leftRank = new Uint32Array(size)
  const rightRank = new Uint32Array(size)
  const earlyRanks: number[] = []
  for (let rank = 0; rank < size; rank++) {
    const merge = found[rank - 256] ?? none
    leftRank[rank] = rank < 256 ? rank : rankOfToken[left[merge]!]!
    rightRank[rank] = rank < 256 ? rank : rankOfToken[right[merge]!]!
    if (rank >= 256 && Math.max(leftRank[rank]!, rightRank[rank]!) > rank) earlyRanks.push(rank)
  }
  return { tokenOfRank, left: leftRank, right: rightRank, earlyRanks }
}
