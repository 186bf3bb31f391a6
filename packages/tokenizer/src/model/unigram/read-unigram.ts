import { arrayAt, invalid, type JsonObject, requireOneOf, stringAt } from '../../load/json-shape.ts'
import { byteTokenIds } from '../byte-tokens.ts'
import { wordCacheBytes } from '../read-token-ids.ts'
import { scoreAsRead } from '../score-as-read.ts'
import type { ModelFamily } from '../token-model.ts'
import { createUnigram, type ScoredToken } from './unigram.ts'

/** How much worse an unknown character is than the worst token. */
export const unknownPenalty = 10

/** The most probable way to write a text as tokens: T5, mT5, XLM-R, ALBERT, DeBERTa-v3. */
export const unigramFamily: ModelFamily = {
  name: 'Unigram',
  matches: (model) =>
    model['type'] === 'Unigram' || (model['type'] === undefined && Array.isArray(model['vocab'])),
  read(model) {
    requireOneOf(model, 'byte_fallback', 'model', [true, false])
    const tokens = arrayAt(model['vocab'], 'model.vocab').map(readEntry)
    const worst = tokens.reduce((least, [, , score]) => Math.min(least, score), Infinity)
    const idOfToken = new Map(tokens.map(([token, id]) => [token, id]))
    return {
      model: createUnigram({
        tokens,
        unkId: readUnkId(model, tokens.length),
        unknownScore: worst - unknownPenalty,
        idOfByte: model['byte_fallback'] === true ? byteTokenIds(idOfToken) : new Int32Array(256).fill(-1),
        looksUpRuns: true,
        precision: 'double',
        cacheBytes: wordCacheBytes,
      }),
      tokens: tokens.map(([token, id]) => [token, id]),
    }
  },
}

function readEntry(entry: unknown, i: number): ScoredToken {
  const path = `model.vocab[${i}]`
  const [token, score] = arrayAt(entry, path)
  if (typeof score !== 'number' || !Number.isFinite(score)) invalid(`${path}[1]`, 'a score', score)
  return [stringAt(token, `${path}[0]`), i, scoreAsRead(score)]
}

function readUnkId(model: JsonObject, size: number): number {
  const id = model['unk_id'] ?? null
  if (id === null) return -1
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= size)
    invalid('model.unk_id', `an id of the vocabulary (0 to ${size - 1})`, id)
  return id
}
