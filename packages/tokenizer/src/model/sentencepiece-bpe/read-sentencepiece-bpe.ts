import { arrayAt, invalid, type JsonObject, objectAt, requireOneOf, stringAt } from '../../load/json-shape.ts'
import type { ListedModel } from '../byte-level/listed-model.ts'
import { readTokenIds, wordCacheBytes } from '../read-token-ids.ts'
import type { ModelFamily } from '../token-model.ts'
import type { MergeList } from './pair-table.ts'
import { createSentencePieceBpe } from './sentencepiece-bpe.ts'
import { hasAffixes, type WordAffixes } from './word-affixes.ts'

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * BPE whose symbols are characters, with bytes or an unknown token for those without a token: Llama 1 and 2, Mistral 7B, Phi-3,
 * Gemma; and CLIP, GPT-1 and HerBERT, whose last symbol of a word has another name.
 */
export const sentencePieceBpeFamily: ModelFamily = {
  name: 'BPE with byte fallback',
  matches: (model) => model['type'] === 'BPE' || model['type'] === undefined,
  read(model, { listed, spaceMark } = {}) {
    requireOneOf(model, 'dropout', 'model', [null, 0])
    const affixes = readWordAffixes(model)
    // With affixes, their bytes would be symbols as well.
    requireOneOf(model, 'byte_fallback', 'model', hasAffixes(affixes) ? [false] : [true, false])
    requireOneOf(model, 'fuse_unk', 'model', [true, false])
    requireOneOf(model, 'ignore_merges', 'model', [true, false])
    const ids =
      listed === undefined
        ? readTokenIds(objectAt(model['vocab'], 'model.vocab'))
        : new Map(listed.ids.list(() => true))
    const merges =
      listed === undefined
        ? readMerges(arrayAt(model['merges'], 'model.merges'), ids, affixes.continuingPrefix)
        : ranked(listed.merges)
    return {
      model: createSentencePieceBpe({
        ids,
        merges,
        unkId: readUnkId(model, ids),
        fuseUnk: model['fuse_unk'] === true,
        byteFallback: model['byte_fallback'] === true,
        ignoreMerges: model['ignore_merges'] === true,
        affixes,
        spaceMark,
        cacheBytes: wordCacheBytes,
      }),
      tokens: [...ids],
      ids,
    }
  },
}

function readUnkId(model: JsonObject, ids: ReadonlyMap<string, number>): number {
  const token = model['unk_token'] ?? null
  if (token === null) return -1
  return (
    ids.get(stringAt(token, 'model.unk_token')) ??
    invalid('model.unk_token', 'a token of the vocabulary', token)
  )
}

/** Reads what the names of symbols say of their place in a piece. */
function readWordAffixes(model: JsonObject): WordAffixes {
  return {
    continuingPrefix: stringAt(model['continuing_subword_prefix'] ?? '', 'model.continuing_subword_prefix'),
    endSuffix: stringAt(model['end_of_word_suffix'] ?? '', 'model.end_of_word_suffix'),
  }
}

/**
 * Reads merges as they are written: `"a b"`, or `["a", "b"]` in newer files. The rank of a merge is its place. Of the right token as many
 * bytes go as the prefix has, whatever they are, as in the reference.
 */
function readMerges(
  written: readonly unknown[],
  ids: ReadonlyMap<string, number>,
  continuingPrefix: string,
): MergeList {
  const prefixBytes = utf8.encode(continuingPrefix).length
  const joined = (a: string, b: string): string =>
    prefixBytes === 0 ? a + b : a + decoder.decode(utf8.encode(b).subarray(prefixBytes))
  const left = new Int32Array(written.length)
  const right = new Int32Array(written.length)
  const mergedOfRank = new Int32Array(written.length)
  for (let i = 0; i < written.length; i++) {
    const parts: unknown = typeof written[i] === 'string' ? (written[i] as string).split(' ') : written[i]
    if (!Array.isArray(parts) || parts.length !== 2) invalid(`model.merges[${i}]`, 'two tokens', written[i])
    const [a, b] = parts as readonly unknown[]
    const merged = typeof a === 'string' && typeof b === 'string' ? ids.get(joined(a, b)) : undefined
    const leftId = ids.get(a as string)
    const rightId = ids.get(b as string)
    if (leftId === undefined || rightId === undefined || merged === undefined)
      invalid(`model.merges[${i}]`, 'two tokens that make a third of the vocabulary', written[i])
    left[i] = leftId
    right[i] = rightId
    mergedOfRank[i] = merged
  }
  return { left, right, rank: left.map((_, i) => i), mergedOfRank }
}

/** Merges as they were listed: the rank of a merge is its place. */
function ranked({ left, right, made }: ListedModel['merges']): MergeList {
  const rank = Int32Array.from(left, (_, i) => i)
  return {
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    rank,
    mergedOfRank: Int32Array.from(made),
  }
}
