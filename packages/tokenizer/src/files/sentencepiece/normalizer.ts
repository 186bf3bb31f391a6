import { ByteTrie } from '../../model/byte-trie.ts'
import { lengthOfCharacter } from '../../model/character-at.ts'
import { createCharsmap } from './charsmap.ts'
import type { ModelProto } from './model-proto.ts'
import { PieceType } from './model-proto.ts'

/** Finds a user-defined piece: its length in bytes at `at`, the longest there is, or 0. */
export type FindUserDefined = (bytes: Uint8Array, at: number) => number

/** Makes the search for user-defined pieces, which are left as they are and never merged. */
export function createFindUserDefined({ pieces }: ModelProto): FindUserDefined {
  const trie = new ByteTrie()
  const root = trie.addRoot()
  const utf8 = new TextEncoder()
  for (const [id, { text, type }] of pieces.entries())
    if (type === PieceType.userDefined && text !== '') trie.add(root, utf8.encode(text), id)
  if (trie.longest === 0) return () => 0
  return (bytes, at) => {
    let length = 0
    let node = root
    for (let i = at; i < bytes.length; i++) {
      node = trie.next(node, bytes[i]!)
      if (node < 0) break
      if (trie.values[node]! >= 0) length = i + 1 - at
    }
    return length
  }
}

const space = 0x20
const symbol = [0xe2, 0x96, 0x81]

/**
 * Makes the normalizer of a SentencePiece model: characters by the map, spaces that are too many away (at the beginning, at the end,
 * after another), one put before the text, and `▁` for each. As `Normalizer::Normalize` of SentencePiece.
 */
export function createNormalizer(
  proto: ModelProto,
  findUserDefined: FindUserDefined,
): (bytes: Uint8Array) => Uint8Array {
  const { addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = proto
  const replace = createCharsmap(proto.charsmap)
  const spaceBytes = escapeWhitespaces ? symbol : [space]

  return function normalize(bytes) {
    let out = new Uint8Array(bytes.length * 2 + 16)
    let length = 0

    function add(byte: number): void {
      if (length === out.length) {
        const grown = new Uint8Array(2 * length)
        grown.set(out)
        out = grown
      }
      out[length++] = byte
    }
    /** Adds part of a text, and returns whether a space was the last of it. */
    function addText(text: Uint8Array, from: number, to: number): boolean {
      for (let i = from; i < to; i++) {
        if (text[i] === space) for (const byte of spaceBytes) add(byte)
        else add(text[i]!)
      }
      return text[to - 1] === space
    }

    let isStart = true
    let isAfterSpace = removeExtraWhitespaces
    for (let at = 0; at < bytes.length;) {
      const kept = findUserDefined(bytes, at)
      const { length: replaced, by } = kept > 0 ? { length: 0, by: bytes } : replace(bytes, at)
      const taken = kept > 0 ? kept : replaced > 0 ? replaced : lengthOfCharacter(bytes[at]!)
      const text = replaced > 0 ? by : bytes
      let from = replaced > 0 ? 0 : at
      const to = replaced > 0 ? by.length : at + taken
      at += taken
      // Before anything is written, only what is a space as a whole is left out.
      if (isStart && removeExtraWhitespaces && to - from === 1 && text[from] === space) continue
      if (isStart && addDummyPrefix) for (const byte of spaceBytes) add(byte)
      isStart = false
      if (isAfterSpace) while (from < to && text[from] === space) from++
      if (from < to) isAfterSpace = addText(text, from, to) && removeExtraWhitespaces
    }
    if (removeExtraWhitespaces) {
      const size = spaceBytes.length
      while (length >= size && spaceBytes.every((byte, i) => out[length - size + i] === byte)) length -= size
    }
    return out.subarray(0, length)
  }
}
