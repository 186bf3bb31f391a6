import { createTokenSearch } from '../../bpe/early-merges.ts'
import { MergeTable, rankMask } from '../../bpe/merge-table.ts'
import { refuse } from '../../load/json-shape.ts'
import { tokenBytes, type TokenBytes } from '../../vocabulary/vocabulary.ts'

/** Merges of tokens by number, in the order of the file: `left[i]` and `right[i]` make `made[i]`. */
export interface MergeList {
  readonly left: Uint32Array
  readonly right: Uint32Array
  readonly made: Uint32Array
  readonly length: number
  /** The token of each byte. */
  readonly tokenOfByte: Uint32Array
  /** One more than the highest token number. */
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
const bytesInOrder = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/** The bytes of the tokens that have a rank. */
interface SpelledTokens extends TokenBytes {
  readonly rankOfToken: Uint32Array
}

/**
 * Finds the merges that are ever carried out, one a token at most. Inside the bytes of a token, merging goes the way it goes alone until
 * the token is made, since no merge across its borders comes before; so of several merges to one token only one can end it.
 *
 * Nearly always that merge comes after those of its parts. Then adding merges in order, each only if merging by those before ends with
 * its two parts side by side, finds them all. Where a merge comes before its parts' ("early") and no other makes its token, it may be
 * carried out: then every token with such a token inside is merged by definition, one by one.
 */
export function findEffectiveMerges(list: MergeList): EffectiveMerges {
  const { left, right, made, length, tokenOfByte, tokenCount } = list
  if (256 + length >= rankMask) refuse(`a BPE model of ${length} merges, more than ${rankMask - 256}`)
  // One merge a token at most.
  const most = 256 + Math.min(length, tokenCount)
  const merges = new MergeTable(most)
  const rankOfToken = new Uint32Array(tokenCount).fill(none)
  const tokenOfRank = new Uint32Array(most)
  for (let byte = 0; byte < 256; byte++) {
    rankOfToken[tokenOfByte[byte]!] = byte
    tokenOfRank[byte] = tokenOfByte[byte]!
  }
  const mergeOfRank = new Uint32Array(most)
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
  const spelled = tokenBytes({ size, left: merges.left, right: merges.right, byteOfRank: bytesInOrder })
  remergeAround(list, new Set(possible.map((i) => made[i]!)), mergeOfToken, { rankOfToken, ...spelled })
  return rankInOrder(list, mergeOfToken)
}

/** Merges by definition every token that holds one of `suspects`, or has no merge yet, and writes down the merge that ends it. */
function remergeAround(
  list: MergeList,
  suspects: ReadonlySet<number>,
  mergeOfToken: Uint32Array,
  { rankOfToken, bytes, offsets }: SpelledTokens,
): void {
  const { left, right, made, length, tokenCount } = list
  /** Some merge of each token, whichever: it spells the token. */
  const spelling = new Uint32Array(tokenCount).fill(none)
  const pairs = new MergeTable(256 + length)
  for (let i = 0; i < length; i++) {
    if (spelling[made[i]!] === none) spelling[made[i]!] = i
    pairs.add(left[i]!, right[i]!)
  }
  /** Of tokens without a rank. */
  const spelled = new Map<number, Uint8Array>()
  function spell(token: number): Uint8Array {
    const rank = rankOfToken[token]!
    if (rank !== none) return bytes.subarray(offsets[rank], offsets[rank + 1])
    let found = spelled.get(token)
    if (found !== undefined) return found
    const merge = spelling[token]!
    found = merge === none ? new Uint8Array(0) : joined(spell(left[merge]!), spell(right[merge]!))
    spelled.set(token, found)
    return found
  }
  const holdsSuspect = createTokenSearch(Array.from(suspects, spell))
  for (let token = 0; token < tokenCount; token++) {
    if (spelling[token] === none) continue
    const rank = rankOfToken[token]!
    if (
      rank !== none &&
      mergeOfToken[token] !== none &&
      !holdsSuspect(bytes, offsets[rank]!, offsets[rank + 1]!)
    )
      continue
    const own = spell(token)
    if (mergeOfToken[token] === none || holdsSuspect(own, 0, own.length))
      mergeOfToken[token] = lastMerge(own, token, list, pairs)
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(left.length + right.length)
  bytes.set(left)
  bytes.set(right, left.length)
  return bytes
}

/** The merge that ends the merging of a token's own bytes, or none when that is not the token. */
function lastMerge(
  bytes: Uint8Array,
  token: number,
  { made, tokenOfByte }: MergeList,
  pairs: MergeTable,
): number {
  const parts = Array.from(bytes, (byte) => tokenOfByte[byte]!)
  let last = none
  while (parts.length > 1) {
    let best = none
    let place = -1
    for (let i = 0; i + 1 < parts.length; i++) {
      const pair = pairs.find(parts[i]!, parts[i + 1]!)
      if (pair >= 0 && pair - 256 < best) {
        best = pair - 256
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
  { left, right, made, tokenOfByte, tokenCount }: MergeList,
  mergeOfToken: Uint32Array,
): EffectiveMerges {
  const isFound = new Uint8Array(made.length)
  let count = 0
  for (const merge of mergeOfToken) {
    if (merge === none) continue
    isFound[merge] = 1
    count++
  }
  const found = new Uint32Array(count)
  count = 0
  for (let merge = 0; merge < isFound.length; merge++) if (isFound[merge] === 1) found[count++] = merge
  const size = 256 + count
  const rankOfToken = new Uint32Array(tokenCount).fill(none)
  const tokenOfRank = new Uint32Array(size)
  for (let rank = 0; rank < size; rank++) {
    const token = rank < 256 ? tokenOfByte[rank]! : made[found[rank - 256]!]!
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
