import { ByteTrie } from '../byte-trie.ts'
import type { TokenModel } from '../token-model.ts'

/** A WordLevel model. */
export interface WordLevelModel {
  readonly ids: ReadonlyMap<string, number>
  readonly unkId: number
}

/** Makes the encoder of a WordLevel model: the token that is the whole word, else the unknown one. As `WordLevel::tokenize` of the `tokenizers` library. */
export function createWordLevel({ ids, unkId }: WordLevelModel): TokenModel {
  const trie = new ByteTrie()
  const root = trie.addRoot()
  const utf8 = new TextEncoder()
  for (const [token, id] of ids) if (token !== '') trie.add(root, utf8.encode(token), id)

  const idOf = (bytes: Uint8Array, start: number, end: number): number => {
    const id = trie.find(root, bytes, start, end)
    return id < 0 ? unkId : id
  }

  return {
    encodePiece(bytes, start, end, target, at) {
      target[at] = idOf(bytes, start, end)
      return at + 1
    },
    locatePiece(bytes, start, end, { ids: target, ends }, at) {
      target[at] = idOf(bytes, start, end)
      ends[at] = end
      return at + 1
    },
  }
}
