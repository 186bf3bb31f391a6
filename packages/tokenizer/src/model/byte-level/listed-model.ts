import { arrayAt, idAt, invalid, type JsonObject, objectAt } from '../../load/json-shape.ts'
import { charOfByte } from '../../unicode/byte-alphabet.ts'
import type { MergeList } from './effective-merges.ts'

/** The ids of a vocabulary's tokens, as the file writes them. */
export interface TokenIds {
  /** Number of tokens. */
  readonly size: number
  readonly get: (token: string) => number | undefined
  /** The tokens whose ids are wanted. */
  readonly list: (isWanted: (id: number) => boolean) => (readonly [token: string, id: number])[]
}

/** What a byte-level BPE model lists. */
export interface ListedModel {
  readonly ids: TokenIds
  readonly merges: MergeList
}

/** Lists a model that was read as JSON. */
export function listModel(model: JsonObject): ListedModel {
  const ids = readIds(objectAt(model['vocab'], 'model.vocab'))
  return {
    ids: {
      size: ids.size,
      get: (token) => ids.get(token),
      list: (isWanted) => Array.from(ids).filter(([, id]) => isWanted(id)),
    },
    merges: readMerges(arrayAt(model['merges'], 'model.merges'), ids),
  }
}

/** The token of each byte: its id, or a number of its own after the highest id. */
export function tokensOfBytes(ids: Pick<TokenIds, 'get'>, highest: number): Uint32Array {
  return Uint32Array.from(charOfByte, (char, byte) => ids.get(char) ?? highest + 1 + byte)
}

function readIds(vocab: JsonObject): Map<string, number> {
  const ids = new Map<string, number>()
  for (const token in vocab) ids.set(token, idAt(vocab[token], `model.vocab[${JSON.stringify(token)}]`))
  return ids
}

/** Reads the merges, with ids for token numbers, and numbers after them for bytes without a token. */
function readMerges(merges: readonly unknown[], ids: ReadonlyMap<string, number>): MergeList {
  let highest = 0
  for (const id of ids.values()) if (id > highest) highest = id
  const { length } = merges
  const left = new Uint32Array(length)
  const right = new Uint32Array(length)
  const made = new Uint32Array(length)
  const idOf = (token: string, merge: unknown): number =>
    ids.get(token) ?? invalid('model.merges', 'merges of tokens of the vocabulary', merge)
  for (let i = 0; i < length; i++) {
    const merge = merges[i]
    const [a, b] = readPair(merge, i)
    left[i] = idOf(a, merge)
    right[i] = idOf(b, merge)
    made[i] = idOf(a + b, merge)
  }
  return { left, right, made, length, tokenOfByte: tokensOfBytes(ids, highest), tokenCount: highest + 257 }
}

/** Merges are written `"a b"`, or `["a", "b"]` in newer files. */
function readPair(merge: unknown, i: number): readonly [string, string] {
  if (typeof merge === 'string') {
    const space = merge.indexOf(' ')
    if (space > 0 && space + 1 < merge.length && !merge.includes(' ', space + 1))
      return [merge.slice(0, space), merge.slice(space + 1)]
  } else if (Array.isArray(merge) && merge.length === 2) {
    const [left, right] = merge as readonly unknown[]
    if (typeof left === 'string' && typeof right === 'string' && left !== '' && right !== '')
      return [left, right]
  }
  return invalid(`model.merges[${i}]`, 'two tokens', merge)
}
