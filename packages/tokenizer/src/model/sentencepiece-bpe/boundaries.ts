import { byteTokenIds } from '../byte-tokens.ts'
import type { MergeList } from './pair-table.ts'
import type { Symbols, UnknownRules } from './symbols.ts'

/** Where a text falls into parts that merge as they would alone. */
export interface Boundaries {
  /** Whether nothing merges across the boundary between two neighbouring characters, whatever stands around them. */
  readonly isBoundary: (before: number, after: number) => boolean
  /** Boundaries between two ASCII characters: 1 at `before << 7 | after`. */
  readonly ascii: Uint8Array
}

/** What the boundaries of a vocabulary are found from. */
export interface BoundariesOfVocabulary {
  readonly ids: ReadonlyMap<string, number>
  readonly merges: MergeList
  readonly symbols: Symbols
  readonly rules: UnknownRules
  /** The character that a space is read as, if not as itself. */
  readonly spaceAs?: number | undefined
}

/**
 * Finds out, from the merges, between which characters a text can be cut without any change of its ids.
 *
 * Proof. Let `c` and `d` be two neighbouring characters, both tokens, such that no merge has a left token that ends with `c`
 * and a right token that starts with `d`. The first merge across the boundary between them would join a token that ends
 * there, so with `c`, and one that starts there, so with `d`: there is no such merge, so none ever crosses. The two sides
 * then merge independently: a merge changes symbols of its own side only, and the lowest rank of a side is taken in the same
 * order with or without the other side in between. This needs that a symbol ends with the character that its text ends
 * with, which holds for characters and what is merged of them. Bytes and the unknown token are symbols of other names:
 *
 * - beside a character without a token there is a boundary only where no merge takes a byte's token or the unknown token;
 * - an unknown token waits until a known character (see {@link Symbols}), so a part may start with an unknown character only
 *   where all of them become bytes and none is ever unknown;
 * - where unknown characters are left out, their neighbours become neighbours of each other: then there are no boundaries.
 *
 * The pairs are kept as bits at their hashes. Two pairs may share a bit; then a boundary is not seen, which costs time only.
 */
export function findBoundaries({
  ids,
  merges,
  symbols,
  rules,
  spaceAs = 0x20,
}: BoundariesOfVocabulary): Boundaries {
  const ascii = new Uint8Array(128 * 128)
  if (!symbols.allBytes && rules.unkId < 0) return { isBoundary: () => false, ascii }
  const unnamed = unnamedSymbols(ids, merges, rules)
  const { first, last } = outerCharacters(ids)
  const { left, right } = merges
  const bits = 10 + Math.max(0, 32 - Math.clz32(left.length >> 3))
  const shift = 32 - bits
  const joined = new Int32Array(1 << (bits - 5))
  for (let rank = 0; rank < left.length; rank++) {
    const bit = hashOfPair(last[left[rank]!]!, first[right[rank]!]!) >>> shift
    joined[bit >>> 5]! |= 1 << (bit & 31)
  }
  const besideUnknown = symbols.allBytes && !unnamed

  function isBoundary(one: number, next: number): boolean {
    const before = one === 0x20 ? spaceAs : one
    const after = next === 0x20 ? spaceAs : next
    const bit = hashOfPair(before, after) >>> shift
    if (((joined[bit >>> 5]! >>> (bit & 31)) & 1) !== 0) return false
    return besideUnknown || (symbols.isKnown(after) && (!unnamed || symbols.isKnown(before)))
  }

  for (let before = 0; before < 128; before++) {
    for (let after = 0; after < 128; after++) {
      ascii[(before << 7) | after] = isBoundary(before, after) ? 1 : 0
    }
  }
  return { isBoundary, ascii }
}

/** Whether a merge takes a symbol that is not named after its text. */
function unnamedSymbols(
  ids: ReadonlyMap<string, number>,
  { left, right }: MergeList,
  { unkId, byteFallback }: UnknownRules,
): boolean {
  const unnamed = new Set(byteFallback ? [unkId, ...byteTokenIds(ids)] : [unkId])
  const isUnnamed = (id: number): boolean => unnamed.has(id)
  return left.some(isUnnamed) || right.some(isUnnamed)
}

/** The first and last characters of all tokens, by id. */
function outerCharacters(ids: ReadonlyMap<string, number>): { first: Int32Array; last: Int32Array } {
  let length = 0
  for (const id of ids.values()) length = Math.max(length, id + 1)
  const first = new Int32Array(length)
  const last = new Int32Array(length)
  for (const [token, id] of ids) {
    first[id] = token.codePointAt(0) ?? 0
    last[id] = lastCharacter(token)
  }
  return { first, last }
}

function lastCharacter(token: string): number {
  const last = token.charCodeAt(token.length - 1)
  return last >= 0xdc00 && last < 0xe000 && token.length > 1 ? token.codePointAt(token.length - 2)! : last
}

function hashOfPair(before: number, after: number): number {
  const mixed = Math.imul(before, 0x9e3779b1) ^ Math.imul(after, 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35)
}
