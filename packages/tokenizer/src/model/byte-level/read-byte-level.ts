import type { ByteLevelModel } from '../../bpe/byte-level-model.ts'
import { bytesOfToken, charOfByte } from '../../unicode/byte-alphabet.ts'
import { invalid, type JsonObject, requireOneOf, stringAt } from '../../load/json-shape.ts'
import { noId } from '../../vocabulary/vocabulary.ts'
import { findEffectiveMerges } from './effective-merges.ts'
import { type ListedModel, listModel, type TokenIds } from './listed-model.ts'

/** The `model` of a byte-level tokenizer.json. */
export interface ReadByteLevelModel {
  readonly model: ByteLevelModel
  readonly ids: TokenIds
  /** Tokens as the file writes them, and ids, that have no rank. */
  readonly otherTokens: readonly (readonly [token: string, id: number])[]
}

/**
 * Reads a BPE model whose tokens are written in the byte alphabet.
 *
 * @param listed its vocabulary and merges, where they were read before
 */
export function readByteLevelModel(model: JsonObject, listed?: ListedModel): ReadByteLevelModel {
  requireOneOf(model, 'dropout', 'model', [null, 0])
  const { ids, merges: list } = listed ?? listModel(model)
  const { tokenOfRank, left, right, earlyRanks } = findEffectiveMerges(list)
  const size = tokenOfRank.length
  const hasRank = new Uint8Array(list.tokenCount)
  const missing = new Uint8Array(256)
  const idOfRank = new Uint32Array(size)
  for (let rank = 0; rank < size; rank++) {
    const token = tokenOfRank[rank]!
    hasRank[token] = 1
    // Only a byte can be without an id.
    const isMissing = rank < 256 && ids.get(charOfByte[rank]!) === undefined
    if (isMissing) missing[rank] = 1
    idOfRank[rank] = isMissing ? noId : token
  }
  const otherTokens = ids.list((id) => hasRank[id] === 0)
  const wholeTokens = new Map<string, number>()
  /** The ids of the ranks after those of merging. */
  const moreIds: number[] = []
  if (model['ignore_merges'] === true) {
    for (const [token, id] of otherTokens) {
      const bytes = bytesOfToken(token)
      if (bytes === undefined) continue
      wholeTokens.set(String.fromCharCode(...bytes), size + moreIds.push(id) - 1)
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
      ...readUnknown(model, ids, missing, (id) => size + moreIds.push(id) - 1),
      idOfRank: moreIds.length === 0 ? idOfRank : concatenated(idOfRank, moreIds),
    },
    ids,
    otherTokens,
  }
}

/** What becomes of bytes that no token is of: nothing, or the unknown token, which gets a rank. */
function readUnknown(
  model: JsonObject,
  ids: TokenIds,
  missing: Uint8Array,
  addRank: (id: number) => number,
): Pick<ByteLevelModel, 'missingBytes'> {
  if (!missing.some((isMissing, byte) => isMissing === 1 && canBeInUtf8(byte))) return {}
  if (model['unk_token'] === null || model['unk_token'] === undefined) return { missingBytes: { missing } }
  const token = stringAt(model['unk_token'], 'model.unk_token')
  const id = ids.get(token) ?? invalid('model.unk_token', 'a token of the vocabulary', token)
  const fuses = model['fuse_unk'] === true
  return { missingBytes: { missing, unknown: { rank: addRank(id), fuses } } }
}

function concatenated(ids: Uint32Array, more: readonly number[]): Uint32Array {
  const all = new Uint32Array(ids.length + more.length)
  all.set(ids)
  all.set(more, ids.length)
  return all
}

function canBeInUtf8(byte: number): boolean {
  return byte !== 0xc0 && byte !== 0xc1 && byte < 0xf5
}
