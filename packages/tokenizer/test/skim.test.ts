import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadTokenizerJson } from '../src/index.ts'
import { type ListedModel, listModel } from '../src/model/byte-level/listed-model.ts'
import { skimTokenizerJson } from '../src/tokenizer-json/skim-tokenizer-json.ts'

interface TokenizerJson {
  readonly pre_tokenizer: unknown
  readonly model: Record<string, unknown> & { readonly merges: readonly (string | readonly string[])[] }
}

const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })
const folder = new URL('fixtures/tokenizer-json/', import.meta.url)
const fixtures = readdirSync(folder)
const isSkimmable = (file: string): boolean => {
  const { model } = tokenizerOf(file)
  return (
    (model['type'] ?? 'BPE') === 'BPE' &&
    'merges' in model &&
    (model['continuing_subword_prefix'] ?? '') === ''
  )
}
const files = fixtures.filter(isSkimmable)

function tokenizerOf(file: string): TokenizerJson {
  const fixture = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as {
    tokenizer: TokenizerJson
  }
  return fixture.tokenizer
}

/** Everything that is listed, in an order that does not depend on how it was read. */
function contentOf({ ids, merges }: ListedModel): unknown {
  const tokens = ids.list(() => true).toSorted(([, a], [, b]) => a - b)
  return { size: ids.size, tokens, merges: { ...merges, left: [...merges.left], right: [...merges.right] } }
}

function expectSame(text: string | Uint8Array, tokenizer: TokenizerJson): void {
  const skimmed = skimTokenizerJson(typeof text === 'string' ? utf8.encode(text) : text)
  expect(skimmed).toBeDefined()
  expect(contentOf(skimmed!.listed)).toEqual(contentOf(listModel(tokenizer.model)))
  expect(skimmed!.json).toEqual({ ...tokenizer, model: { ...tokenizer.model, vocab: {}, merges: [] } })
}

describe.each(files)('%s', (file) => {
  const tokenizer = tokenizerOf(file)

  test('is read where it lies as by way of JSON', () => {
    expectSame(JSON.stringify(tokenizer), tokenizer)
    expectSame(JSON.stringify(tokenizer, null, 2), tokenizer)
  })
})

test('files of other models are read whole', () => {
  const others = fixtures.filter((file) => !isSkimmable(file))
  expect(others.length).toBeGreaterThan(0)
  for (const file of others)
    expect(skimTokenizerJson(utf8.encode(JSON.stringify(tokenizerOf(file)))), file).toBeUndefined()
})

test('escapes, and merges in either form, are read as by way of JSON', () => {
  for (const file of files.slice(0, 12)) {
    const tokenizer = tokenizerOf(file)
    const merges = tokenizer.model.merges.map((merge) =>
      typeof merge === 'string' ? merge.split(' ') : merge,
    )
    for (const form of [merges, merges.map((pair) => pair.join(' '))]) {
      const model = { ...tokenizer.model, merges: form }
      const escaped = JSON.stringify({ ...tokenizer, model }).replaceAll(
        /[^ -~]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      expectSame(escaped, { ...tokenizer, model })
    }
  }
})

const small = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: { '"': 0, '\\': 1, a: 2, b: 3, Ġ: 4, Ġa: 5, '"b': 6, '\\\\': 7, 中: 8, '1': 9, '11': 10, Ġab: 12 },
    merges: ['Ġ a', '" b', ['\\', '\\'], '1 1', ['Ġa', 'b']],
  },
}

test('a damaged file is read as by way of JSON, or left to it', () => {
  const whole = utf8.encode(JSON.stringify(small))
  const from = whole.length - 210
  let skims = 0
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          at: fc.oneof(
            fc.integer({ min: 0, max: whole.length - 1 }),
            fc.integer({ min: from, max: whole.length - 1 }),
          ),
          removed: fc.integer({ min: 0, max: 2 }),
          put: fc.array(
            fc.oneof(
              fc.constantFrom(...utf8.encode('"\\:,[]{} ab01\n\t\u0120')),
              fc.integer({ min: 0, max: 255 }),
            ),
            { maxLength: 2 },
          ),
        }),
        { minLength: 1, maxLength: 2 },
      ),
      (changes) => {
        const bytes = [...whole]
        for (const { at, removed, put } of changes) bytes.splice(at, removed, ...put)
        const file = Uint8Array.from(bytes)
        const skimmed = skimTokenizerJson(file)
        if (skimmed === undefined) return
        skims++
        const json = JSON.parse(strictUtf8.decode(file)) as TokenizerJson
        expect(contentOf(skimmed.listed)).toEqual(contentOf(listModel(json.model)))
        expect(skimmed.json).toEqual({ ...json, model: { ...json.model, vocab: {}, merges: [] } })
      },
    ),
    { numRuns: 3000 },
  )
  expect(skims).toBeGreaterThan(100)
})

test.each([
  ['a token twice', JSON.stringify(small).replace('"a":2', '"a":2,"a":2')],
  ['an id twice', JSON.stringify(small).replace('"a":2', '"a":3')],
  [
    'the merges before the vocabulary',
    JSON.stringify({ ...small, model: { type: 'BPE', merges: [], vocab: { a: 0 } } }),
  ],
  ['two models', JSON.stringify(small).replace('"model"', '"model":{},"model"')],
  ['an id with a fraction', JSON.stringify(small).replace('"a":2', '"a":2.0')],
  ['a byte order mark', `\ufeff${JSON.stringify(small)}`],
  ['half of a surrogate pair', JSON.stringify(small).replace('"a":2', String.raw`"\ud800":2`)],
  ['another model', JSON.stringify(small).replace('"BPE"', '"WordPiece"')],
  [
    'another model, said last',
    JSON.stringify({ ...small, model: { vocab: small.model.vocab, merges: [], type: 'WordPiece' } }),
  ],
  [
    'a prefix of what continues a word',
    JSON.stringify({ ...small, model: { ...small.model, continuing_subword_prefix: '##' } }),
  ],
  ['an unknown part of a merge', JSON.stringify(small).replace('" b', '" c')],
])('%s is left to JSON', (_, text) => {
  expect(skimTokenizerJson(utf8.encode(text))).toBeUndefined()
})

test('a file without ByteLevel is one of characters', async () => {
  const file = JSON.stringify({
    ...small,
    pre_tokenizer: { type: 'Split', pattern: { String: 'ByteLevel' }, behavior: 'Isolated', invert: false },
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: 'a',
      vocab: { a: 2, b: 3, '"': 0, '"b': 6, '1': 9, '11': 10 },
      merges: ['" b', '1 1'],
    },
  })
  expect(skimTokenizerJson(utf8.encode(file))).toBeDefined()
  const encoding = await loadTokenizerJson(file)
  expect([...encoding.encode('"bByteLevel11')]).toEqual([6, 2, 2, 2, 2, 2, 2, 2, 2, 2, 10])
})

test.each(files)('%s, read where it lies, gives the ids that it gives by way of JSON', async (file) => {
  const tokenizer = tokenizerOf(file)
  const { merges, ...model } = tokenizer.model
  const left = JSON.stringify({ ...tokenizer, model: { merges, ...model } })
  expect(skimTokenizerJson(utf8.encode(left))).toBeUndefined()
  const load = async (text: string) => {
    try {
      return await loadTokenizerJson(text)
    } catch (error) {
      return String(error)
    }
  }
  const [skimmed, parsed] = [await load(JSON.stringify(tokenizer)), await load(left)]
  if (typeof skimmed === 'string' || typeof parsed === 'string') {
    expect(skimmed).toBe(parsed)
    return
  }
  expect(skimmed.vocabSize).toBe(parsed.vocabSize)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
      for (const some of [text, `The words ${text} 12 don't\n\n ${text}`]) {
        const ids = skimmed.encode(some)
        expect([...ids]).toEqual([...parsed.encode(some)])
        expect(skimmed.decode(ids)).toBe(parsed.decode(ids))
      }
    }),
    { numRuns: 30 },
  )
})
