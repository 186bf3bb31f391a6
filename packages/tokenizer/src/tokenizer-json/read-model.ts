import { MergeTable, rankMask } from '../bpe/merge-table.ts'
import { modelFamilies } from '../model/model-families.ts'
import type { Vocabulary } from '../vocabulary/vocabulary.ts'
import { bytesOfToken, charOfByte } from './byte-alphabet.ts'
import { arrayAt, idAt, invalid, type JsonObject, objectAt, refuse, requireOneOf } from './json-shape.ts'

/** The `model` of a tokenizer.json in rank space. */
export interface ReadModel {
  readonly vocabulary: Vocabulary
  /** The id of each rank, those of `unmergedTokens` at the end. */
  readonly idOfRank: Uint32Array
  /**
   * With `ignore_merges`, a piece that is a token is that token even where merging does not make it: these are those
   * tokens, one character a byte, with ranks after those of the vocabulary. Empty without `ignore_merges`.
   */
  readonly unmergedTokens: ReadonlyMap<string, number>
  /** Tokens as the file writes them, and ids, that have no rank. */
  readonly otherTokens: readonly (readonly [token: string, id: number])[]
}

/**
 * Read the vocabulary and the merges of a BPE model. Of several merges to one token only one is ever carried out, the one
 * that ends the merging of the token's own bytes; the others, and tokens that no merging makes, have no rank.
 */
export function readModel(model: JsonObject): ReadModel {
  const family = modelFamilies.find(({ matches }) => matches(model))
  if (family !== undefined) refuse(`the model ${family.name}`)
  if (model['type'] !== undefined && model['type'] !== 'BPE')
    refuse(`the model ${JSON.stringify(model['type'])}`)
  requireOneOf(model, 'dropout', 'model', [null, 0])
  requireOneOf(model, 'continuing_subword_prefix', 'model', [null, ''])
  requireOneOf(model, 'end_of_word_suffix', 'model', [null, ''])
  requireOneOf(model, 'byte_fallback', 'model', [false])
  requireOneOf(model, 'ignore_merges', 'model', [true, false])

  const ids = readIds(objectAt(model['vocab'], 'model.vocab'))
  const pairs = readPairs(arrayAt(model['merges'], 'model.merges'))
  if (256 + pairs.length >= rankMask) refuse(`${pairs.length} merges, more than ${rankMask - 256}`)
  const merges = new MergeTable(256 + pairs.length)
  const rankOfToken = new Map(charOfByte.map((char, byte) => [char, byte]))
  const idOfRank = new Uint32Array(256 + pairs.length)
  for (const [byte, char] of charOfByte.entries()) {
    // Without all bytes some texts would have no ids, or an unknown token's.
    idOfRank[byte] = ids.get(char) ?? refuse(`a vocabulary without the byte ${byte} (\`${char}\`)`)
  }
  /** Merges passed over because a part had no rank yet. */
  const early: (readonly [string, string])[] = []
  for (const [left, right] of pairs) {
    const token = left + right
    const id = ids.get(token)
    if (id === undefined) invalid('model.merges', 'merges into tokens of the vocabulary', `${left} ${right}`)
    if (rankOfToken.has(token)) continue
    const a = rankOfToken.get(left)
    const b = rankOfToken.get(right)
    if (a === undefined || b === undefined) {
      early.push([left, right])
    } else if (merges.isValidPair(a, b)) {
      const rank = merges.add(a, b)
      rankOfToken.set(token, rank)
      idOfRank[rank] = id
    }
  }
  for (const [left, right] of early) {
    // Harmless where another merge makes the token: then merging its bytes never comes to these two parts.
    if (rankOfToken.has(left) && rankOfToken.has(right) && !rankOfToken.has(left + right)) {
      refuse(`the merge \`${left} ${right}\` before the merges that make its parts`)
    }
  }

  const { size } = merges
  const otherTokens = [...ids].filter(([token]) => !rankOfToken.has(token))
  const unmergedTokens = new Map<string, number>()
  const unmergedIds: number[] = []
  if (model['ignore_merges'] === true) {
    for (const [token, id] of otherTokens) {
      const bytes = bytesOfToken(token)
      if (bytes === undefined) continue
      unmergedTokens.set(String.fromCharCode(...bytes), size + unmergedTokens.size)
      unmergedIds.push(id)
    }
  }
  const vocabulary: Vocabulary = {
    size,
    byteOfRank: Uint8Array.from({ length: 256 }, (_, byte) => byte),
    left: merges.left.slice(0, size),
    right: merges.right.slice(0, size),
  }
  return {
    vocabulary,
    idOfRank: Uint32Array.from([...idOfRank.subarray(0, size), ...unmergedIds]),
    unmergedTokens,
    otherTokens,
  }
}

function readIds(vocab: JsonObject): Map<string, number> {
  const ids = new Map<string, number>()
  for (const [token, id] of Object.entries(vocab))
    ids.set(token, idAt(id, `model.vocab[${JSON.stringify(token)}]`))
  return ids
}

/** Merges are written `"a b"`, or `["a", "b"]` in newer files. */
function readPairs(merges: readonly unknown[]): (readonly [string, string])[] {
  return merges.map((merge, i) => {
    const parts: unknown = typeof merge === 'string' ? merge.split(' ') : merge
    if (Array.isArray(parts) && parts.length === 2) {
      const [left, right] = parts as readonly unknown[]
      if (typeof left === 'string' && typeof right === 'string' && left !== '' && right !== '')
        return [left, right]
    }
    return invalid(`model.merges[${i}]`, 'two tokens', merge)
  })
}
