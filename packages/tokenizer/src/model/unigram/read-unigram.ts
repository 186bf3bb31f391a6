import { arrayAt, invalid, type JsonObject, requireOneOf, stringAt } from '../../tokenizer-json/json-shape.ts'
import { wordCacheBytes } from '../read-token-ids.ts'
import { scoreAsRead } from '../score-as-read.ts'
import type { ModelFamily } from '../token-model.ts'
import { createUnigram } from './unigram.ts'

/** The most probable way to write a text as tokens: T5, mT5, XLM-R, ALBERT, DeBERTa-v3. */
export const unigramFamily: ModelFamily = {
  name: 'Unigram',
  matches: (model) =>
    model['type'] === 'Unigram' || (model['type'] === undefined && Array.isArray(model['vocab'])),
  read(model) {
    requireOneOf(model, 'byte_fallback', 'model', [true, false])
    const vocab = arrayAt(model['vocab'], 'model.vocab').map(readEntry)
    return {
      model: createUnigram({
        vocab,
        unkId: readUnkId(model, vocab.length),
        byteFallback: model['byte_fallback'] === true,
        cacheBytes: wordCacheBytes,
      }),
      tokens: vocab.map(([token], id) => [token, id]),
    }
  },
}

function readEntry(entry: unknown, i: number): readonly [token: string, score: number] {
  const path = `model.vocab[${i}]`
  const [token, score] = arrayAt(entry, path)
  if (typeof score !== 'number' || !Number.isFinite(score)) invalid(`${path}[1]`, 'a score', score)
  return [stringAt(token, `${path}[0]`), scoreAsRead(score)]
}

function readUnkId(model: JsonObject, size: number): number {
  const id = model['unk_id'] ?? null
  if (id === null) return -1
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= size)
    invalid('model.unk_id', `an id of the vocabulary (0 to ${size - 1})`, id)
  return id
}
