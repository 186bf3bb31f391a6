import { byteTokenIds } from '../byte-tokens.ts'
import { characterAt, lengthOfCharacter } from '../character-at.ts'
import { characterIds, placedCharacterIds } from './character-ids.ts'
import { hasAffixes, type WordAffixes } from './word-affixes.ts'

/** What a model does with characters without a token. */
export interface UnknownRules {
  /** The id of the unknown token; -1 when there is none, and such characters are left out. */
  readonly unkId: number
  /** Whether neighbouring unknown characters become one unknown token. */
  readonly fuseUnk: boolean
  /** Whether a character becomes the tokens of its bytes, where there are tokens for all of them. */
  readonly byteFallback: boolean
}

/** The symbols that merging starts from: the ids of characters, of bytes, or of the unknown token. */
export interface Symbols {
  /**
   * Writes the symbols of `bytes[start, end)`, valid UTF-8, to `into`, and the bytes of each to `lengths` if given, and
   * returns how many there are, at most one a byte.
   */
  readonly read: (
    bytes: Uint8Array,
    start: number,
    end: number,
    into: Int32Array,
    lengths?: Int32Array,
  ) => number
  /** Whether a character has a token, wherever it stands. Of models whose symbols say nothing of their place. */
  readonly isKnown: (character: number) => boolean
  /** Whether every character without a token becomes bytes. */
  readonly allBytes: boolean
}

/**
 * Makes the reader of symbols. It follows `BPE::merge_word` of the `tokenizers` library, down to an unknown token that waits:
 * it is written before the next known character, or at the end, and so after the bytes of a character in between.
 *
 * @param spaceAs the character that a space is read as, if not as itself
 */
export function createSymbols(
  ids: ReadonlyMap<string, number>,
  rules: UnknownRules,
  affixes: WordAffixes,
  spaceAs?: number,
): Symbols {
  const { unkId, fuseUnk, byteFallback } = rules
  const idOf = hasAffixes(affixes) ? placedCharacterIds(ids, affixes) : characterIds(ids, spaceAs)
  const idOfByte = byteFallback ? byteTokenIds(ids) : new Int32Array(256).fill(-1)

  function hasBytes(bytes: Uint8Array, start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (idOfByte[bytes[i]!]! < 0) return false
    return true
  }

  function read(
    bytes: Uint8Array,
    start: number,
    end: number,
    into: Int32Array,
    lengths?: Int32Array,
  ): number {
    let count = 0
    /** The bytes of an unknown token that waits; 0 when none does. */
    let waiting = 0

    function add(id: number, length: number): void {
      if (lengths !== undefined) lengths[count] = length
      into[count++] = id
    }

    for (let at = start; at < end;) {
      const length = lengthOfCharacter(bytes[at]!)
      const id = idOf(characterAt(bytes, at), at === start, at + length === end)
      if (id >= 0) {
        if (waiting > 0) add(unkId, waiting)
        waiting = 0
        add(id, length)
      } else if (hasBytes(bytes, at, at + length)) {
        for (let i = at; i < at + length; i++) add(idOfByte[bytes[i]!]!, 1)
      } else if (unkId >= 0) {
        if (waiting > 0 && !fuseUnk) {
          add(unkId, waiting)
          waiting = 0
        }
        waiting += length
      }
      at += length
    }
    if (waiting > 0) add(unkId, waiting)
    return count
  }

  const utf8Bytes = Array.from({ length: 0xf5 }, (_, byte) => byte).filter((byte) =>
    byte < 0x80 ? idOf(byte, true, false) < 0 : byte !== 0xc0 && byte !== 0xc1,
  )
  return {
    read,
    isKnown: (character) => idOf(character, true, false) >= 0,
    allBytes: utf8Bytes.every((byte) => idOfByte[byte]! >= 0),
  }
}
