import type { WordAffixes } from './word-affixes.ts'

/** The id of the token of a character, at a place of a piece; -1 where there is none. */
export type IdOfCharacter = (character: number, isFirst: boolean, isLast: boolean) => number

/** Looks up characters among the tokens of a vocabulary, a space as `spaceAs`. */
export function characterIds(ids: ReadonlyMap<string, number>, spaceAs = 0x20): IdOfCharacter {
  return lookUp(ids, '', '', spaceAs)
}

/** The same where the names of tokens say where they stand. */
export function placedCharacterIds(
  ids: ReadonlyMap<string, number>,
  { continuingPrefix, endSuffix }: WordAffixes,
): IdOfCharacter {
  const first = lookUp(ids, '', '')
  const only = lookUp(ids, '', endSuffix)
  const middle = lookUp(ids, continuingPrefix, '')
  const last = lookUp(ids, continuingPrefix, endSuffix)
  return (character, isFirst, isLast) =>
    (isFirst ? (isLast ? only : first) : isLast ? last : middle)(character)
}

/** Of tokens that are a character between a prefix and a suffix. */
function lookUp(
  ids: ReadonlyMap<string, number>,
  prefix: string,
  suffix: string,
  spaceAs = 0x20,
): (character: number) => number {
  /** Of characters below 0x10000, and of those above. */
  const low = new Int32Array(0x10000).fill(-1)
  const high = new Map<number, number>()
  for (const [token, id] of ids) {
    const length = token.length - prefix.length - suffix.length
    // Nearly all tokens are longer.
    if (length < 1 || length > 2 || !token.startsWith(prefix) || !token.endsWith(suffix)) continue
    const character = token.codePointAt(prefix.length)!
    if (length !== (character < 0x10000 ? 1 : 2)) continue
    if (character < 0x10000) low[character] = id
    else high.set(character, id)
  }
  low[0x20] = low[spaceAs]!
  return (character) => (character < 0x10000 ? low[character]! : (high.get(character) ?? -1))
}
