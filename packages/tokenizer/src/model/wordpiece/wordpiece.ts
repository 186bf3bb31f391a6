import type { MaybeLocatedIds, TokenModel } from '../token-model.ts'
import { ByteTrie } from '../byte-trie.ts'
import { withWordCache } from '../word-cache.ts'

/** A WordPiece model. */
export interface WordPieceModel {
  readonly ids: ReadonlyMap<string, number>
  readonly unkId: number
  /** What a token that continues a word begins with, such as `##`. */
  readonly continuingPrefix: string
  /** A longer word is the unknown token. Unit: characters. */
  readonly longestWord: number
  /** The most bytes for remembering the ids of words. */
  readonly cacheBytes: number
}

/**
 * Makes the encoder of a WordPiece model: the longest token a word starts with, then the longest that continues it, and so on; a word
 * with a rest that no token starts is the unknown token as a whole. As `WordPiece::tokenize` of the `tokenizers` library.
 *
 * A word is never cut: whether it is unknown is known at its end only.
 */
export function createWordPiece(model: WordPieceModel): TokenModel {
  const { ids, unkId, continuingPrefix, longestWord, cacheBytes } = model
  const trie = new ByteTrie()
  const first = trie.addRoot()
  const continuing = trie.addRoot()
  const utf8 = new TextEncoder()
  for (const [token, id] of ids) {
    if (token !== '') trie.add(first, utf8.encode(token), id)
    if (token.startsWith(continuingPrefix) && token.length > continuingPrefix.length) {
      trie.add(continuing, utf8.encode(token.slice(continuingPrefix.length)), id)
    }
  }

  function locate(
    bytes: Uint8Array,
    start: number,
    end: number,
    { ids: target, ends }: MaybeLocatedIds,
    at: number,
  ): number {
    if (isLonger(bytes, start, end, longestWord)) return unknown(end, target, at, ends)
    const { values } = trie
    let out = at
    for (let from = start; from < end;) {
      let node = from === start ? first : continuing
      let found = -1
      let foundEnd = from
      for (let i = from; i < end;) {
        node = trie.next(node, bytes[i]!)
        if (node < 0) break
        i++
        const id = values[node]!
        if (id >= 0) {
          found = id
          foundEnd = i
        }
      }
      if (found < 0) return unknown(end, target, at, ends)
      if (ends !== undefined) ends[out] = foundEnd
      target[out++] = found
      from = foundEnd
    }
    return out
  }

  function unknown(end: number, target: Uint32Array, at: number, ends?: Uint32Array): number {
    target[at] = unkId
    if (ends !== undefined) ends[at] = end
    return at + 1
  }

  return {
    encodePiece: withWordCache(
      (bytes, start, end, target, at) => locate(bytes, start, end, { ids: target }, at),
      cacheBytes,
    ),
    locatePiece: locate,
  }
}

/** Whether the range holds more than `most` characters. */
function isLonger(bytes: Uint8Array, start: number, end: number, most: number): boolean {
  if (end - start <= most) return false
  let count = 0
  for (let i = start; i < end && count <= most; i++) if ((bytes[i]! & 0xc0) !== 0x80) count++
  return count > most
}
