import type { ByteLevelModel } from '../../bpe/byte-level-model.ts'
import { bytesOfToken, charOfByte } from '../../unicode/byte-alphabet.ts'
import {
  arrayAt,
  idAt,
  invalid,
  type JsonObject,
  objectAt,
  requireOneOf,
  stringAt,
} from '../../load/json-shape.ts'
import { noId } from '../../vocabulary/vocabulary.ts'
import { findEffectiveMerges, type MergeList } from './effective-merges.ts'

/** The `model` of a byte-level tokenizer.json. */
export interface ReadByteLevelModel {
  readonly model: ByteLevelModel
  readonly ids: ReadonlyMap<string, number>
  /** Tokens as the file writes them, and ids, that have no rank. */
  readonly otherTokens: readonly (readonly [token: string, id: number])[]
}

/** Reads a BPE model whose tokens are written in the byte alphabet. */
export function readByteLevelModel(model: JsonObject): ReadByteLevelModel {
  requireOneOf(model, 'dropout', 'model', [null, 0])
  requireOneOf(model, 'continuing_subword_prefix', 'model', [null, ''])
  requireOneOf(model, 'end_of_word_suffix', 'model', [null, ''])
  requireOneOf(model, 'byte_fallback', 'model', [false])
  const ids = readIds(objectAt(model['vocab'], 'model.vocab'))
  const list = readMerges(arrayAt(model['merges'], 'model.merges'), ids)
  const { tokenOfRank, left, right, earlyRanks } = findEffectiveMerges(list)
  const size = tokenOfRank.length
  const hasRank = new Uint8Array(list.tokenCount)
  const missing = new Uint8Array(256)
  const idOfRank: number[] = []
  for (let rank = 0; rank < size; rank++) {
    const token = tokenOfRank[rank]!
    hasRank[token] = 1
    // Only a byte can be without an id.
    const isMissing = rank < 256 && !ids.has(charOfByte[rank]!)
    if (isMissing) missing[rank] = 1
    idOfRank.push(isMissing ? noId : token)
  }
  const otherTokens = Array.from(ids).filter(([, id]) => hasRank[id] === 0)
  const wholeTokens = new Map<string, number>()
  if (model['ignore_merges'] === true) {
    for (const [token, id] of otherTokens) {
      const bytes = bytesOfToken(token)
      if (bytes === undefined) continue
      wholeTokens.set(String.fromCharCode(...bytes), idOfRank.length)
      idOfRank.push(id)
    }
  }
  return {
    model: {
      vocabulary: {
        size,
        ...(earlyRanks.length === 0 ? {} : { earlyRanks }),
        byteOfRank: Uint8Array.from({ length: 256 }, (_, byte) => byte),
        left,
        right,
      },
      wholeTokens,
      ...readUnknown(model, ids, missing, idOfRank),
      idOfRank: Uint32Array.from(idOfRank),
    },
    ids,
    otherTokens,
  }
}

/** What becomes of bytes that no token is of: nothing, or the unknown token, which gets a rank. */
function readUnknown(
  model: JsonObject,
  ids: ReadonlyMap<string, number>,
  missing: Uint8Array,
  idOfRank: number[],
): Pick<ByteLevelModel, 'missingBytes'> {
  if (!missing.some((isMissing, byte) => isMissing === 1 && canBeInUtf8(byte))) return {}
  if (model['unk_token'] === null || model['unk_token'] === undefined) return { missingBytes: { missing } }
  const token = stringAt(model['unk_token'], 'model.unk_token')
  const id = ids.get(token) ?? invalid('model.unk_token', 'a token of the vocabulary', token)
  const fuses = model['fuse_unk'] === true
  return { missingBytes: { missing, unknown: { rank: idOfRank.push(id) - 1, fuses } } }
}

function canBeInUtf8(byte: number): boolean {
  return byte !== 0xc0 && byte !== 0xc1 && byte < 0xf5
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
  const textOfId: string[] = []
  for (const [token, id] of ids) textOfId[id] = token
  // Tokens nearly always have ids in the order of their merges: what a merge makes need not be joined and looked up.
  const idOfJoined = (a: string, b: string, before: number, merge: unknown): number => {
    for (let id = before; id <= before + 1; id++) {
      const text = textOfId[id]
      if (text?.length === a.length + b.length && text.startsWith(a) && text.endsWith(b)) return id
    }
    return idOf(a + b, merge)
  }
  for (let i = 0; i < length; i++) {
    const merge = merges[i]
    const [a, b] = readPair(merge, i)
    left[i] = idOf(a, merge)
    right[i] = idOf(b, merge)
    made[i] = idOfJoined(a, b, made[i - 1] ?? -1, merge)
  }
  const tokenOfByte = Uint32Array.from(charOfByte, (char, byte) => ids.get(char) ?? highest + 1 + byte)
  return { left, right, made, length, tokenOfByte, tokenCount: highest + 257 }
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
