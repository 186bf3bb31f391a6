import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadTokenizerJson } from '../src/index.ts'
import { readSpaceMark } from '../src/tokenizer-json/read-space-mark.ts'

const folder = new URL('fixtures/models/', import.meta.url)

/** A model of the fixtures whose spaces are written `▁`, with a token for that and merges of it. */
function withMarks(file: string): Record<string, unknown> {
  const { model } = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as {
    readonly model: Record<string, unknown> & { vocab: Record<string, number>; merges: unknown[] }
  }
  const vocab = { ...model.vocab }
  const add = (token: string): void => {
    vocab[token] ??= Math.max(...Object.values(vocab)) + 1
  }
  const merges = [...model.merges]
  for (const [left, right] of [
    ['▁', '▁'],
    ['▁', 'a'],
    ['▁▁', 'a'],
    ['e', '▁'],
  ] as const) {
    for (const token of [left, right, left + right]) add(token)
    merges.unshift(typeof merges[0] === 'string' ? `${left} ${right}` : [left, right])
  }
  return { ...model, vocab, merges }
}

const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' }
const prepend = { type: 'Prepend', prepend: '▁' }
const split = { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false }
const metaspace = (prepend_scheme: string): object => ({
  type: 'Metaspace',
  replacement: '▁',
  prepend_scheme,
  split: false,
})
const inSequence = (...normalizers: readonly object[]): object => ({ type: 'Sequence', normalizers })

/** Files as they are published, and what they say. */
const files = {
  'Gemma 3': { normalizer: replace, pre_tokenizer: split, prepended: 'never' },
  Gemini: { normalizer: replace, pre_tokenizer: null, prepended: 'never' },
  'Llama 2': { normalizer: inSequence(prepend, replace), pre_tokenizer: null, prepended: 'always' },
  'Mistral with Metaspace': {
    normalizer: null,
    pre_tokenizer: metaspace('first'),
    prepended: 'at-first',
  },
  'Metaspace everywhere': {
    normalizer: null,
    pre_tokenizer: metaspace('always'),
    prepended: 'unless-there',
  },
  'Metaspace of an older file': {
    normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: false, split: false },
    prepended: 'never',
  },
  'Metaspace nowhere': { normalizer: null, pre_tokenizer: metaspace('never'), prepended: 'never' },
} as const

/** Changes no text, and is more than writing spaces. */
const nothing = { type: 'Replace', pattern: { String: '\u{10fffd}' }, content: '\u{10fffd}' }

const texts = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(' ', '  ', '▁', ' ▁', 'a', 'e', 'th', 'the', '<x>', '\n') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('é', '中', '😀', 'e ', ' a', '   a', '\0', '?!', '\u{10fffd}'),
      },
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

const models = [
  'bpe-bytes',
  'bpe-early',
  'bpe-unknown',
  'bpe-unknown-fused',
  'bpe-left-out',
  'bpe-ignore-merges',
]

test.each(Object.keys(files) as (keyof typeof files)[])(
  'ids of texts as they are, spaces and all, are those of texts with marks: %s',
  async (name) => {
    const { normalizer, pre_tokenizer, prepended } = files[name]
    expect(readSpaceMark({ normalizer, pre_tokenizer })).toEqual({ character: '▁', prepended })
    for (const model of models) {
      const added = { id: 100_000, content: '<x>', special: true, normalized: false }
      const file = { added_tokens: [added], model: withMarks(`${model}.json.gz`), decoder: null }
      const load = (own: object): ReturnType<typeof loadTokenizerJson> =>
        loadTokenizerJson(JSON.stringify({ ...file, ...own }))
      const short = await load({ normalizer, pre_tokenizer })
      const parts =
        normalizer === null ? [] : 'normalizers' in normalizer ? normalizer.normalizers : [normalizer]
      const changed = inSequence(nothing, ...(parts as readonly object[]), nothing)
      expect(readSpaceMark({ normalizer: changed, pre_tokenizer })).toBeUndefined()
      const long = await load({ normalizer: changed, pre_tokenizer })
      fc.assert(
        fc.property(texts, (text) => {
          expect([...short.encode(text)]).toEqual([...long.encode(text)])
          expect(short.count(text)).toBe(long.encode(text).length)
        }),
        { numRuns: 300 },
      )
    }
  },
)

test('whatever else a file does, its texts are changed before they are encoded', () => {
  const others = [
    { normalizer: inSequence(replace, prepend), pre_tokenizer: null },
    { normalizer: inSequence({ type: 'NFKC' }, replace), pre_tokenizer: null },
    { normalizer: { ...replace, content: '▁▁' }, pre_tokenizer: null },
    { normalizer: { ...replace, pattern: { Regex: ' ' } }, pre_tokenizer: null },
    { normalizer: replace, pre_tokenizer: { ...split, pattern: { String: 'a' } } },
    { normalizer: replace, pre_tokenizer: { ...split, invert: true } },
    { normalizer: replace, pre_tokenizer: metaspace('first') },
    { normalizer: null, pre_tokenizer: { ...metaspace('first'), split: true } },
    { normalizer: null, pre_tokenizer: null },
  ]
  for (const other of others) expect(readSpaceMark(other), JSON.stringify(other)).toBeUndefined()
})
