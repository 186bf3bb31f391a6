import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Encoding, encodeStream, loadTokenizerJson, TokenizerError } from '../src/index.ts'

interface Fixture {
  readonly reference: string
  readonly tokenizer: Record<string, unknown>
  readonly texts: readonly string[]
  readonly ids: readonly (readonly number[])[]
  readonly idsWithoutTemplate: readonly (readonly number[])[]
  readonly decoded: readonly string[]
  /** Places of tokens in code points. */
  readonly offsets?: readonly (readonly (readonly [number, number])[])[]
}

const folder = new URL('fixtures/tokenizer-json/', import.meta.url)
function readFixture(file: string): Fixture {
  return JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as Fixture
}

/** Places of tokens in code points; undefined where they are refused. */
function placesOf(encoding: Encoding, text: string): [number, number][] | undefined {
  const pointOfUnit = new Map<number, number>([[text.length, Array.from(text).length]])
  let unit = 0
  for (const [point, char] of Array.from(text).entries()) {
    pointOfUnit.set(unit, point)
    unit += char.length
  }
  try {
    const { starts, ends } = encoding.encodeWithOffsets(text)
    return Array.from(starts, (start, i) => [pointOfUnit.get(start)!, pointOfUnit.get(ends[i]!)!])
  } catch (error) {
    if (error instanceof TokenizerError && error.code === 'unsupported-component') return undefined
    throw error
  }
}

describe.each(readdirSync(folder))('%s', async (file) => {
  const { tokenizer, texts, ids, idsWithoutTemplate, decoded, offsets } = readFixture(file)
  const encoding = await loadTokenizerJson(JSON.stringify(tokenizer), { name: file })
  const plain = await loadTokenizerJson(JSON.stringify(tokenizer), {
    implementation: 'typescript',
    cacheBytes: 0,
  })

  test('every text gets the ids of Hugging Face tokenizers, with and without the template', () => {
    for (const [i, text] of texts.entries()) {
      expect([...encoding.encode(text)]).toEqual(ids[i])
      expect([...encoding.encode(text, { addSpecialTokens: false })]).toEqual(idsWithoutTemplate[i])
      expect([...plain.encode(text)]).toEqual(ids[i])
      expect(encoding.count(text)).toBe(ids[i]!.length)
    }
  })

  test('tokens are where Hugging Face tokenizers says, or their places are refused', () => {
    for (const [i, expected] of (offsets ?? []).entries())
      expect(placesOf(encoding, texts[i]!) ?? expected).toEqual(expected)
  })

  test('ids are decoded as Hugging Face tokenizers does', () => {
    for (const [i, text] of decoded.entries()) expect(encoding.decode(idsWithoutTemplate[i]!)).toBe(text)
  })

  test('the byte lengths are those of the decoded tokens, where decoding gives back the text', () => {
    if (!encoding.keepsText) return
    const lengths = encoding.tokenByteLengths()
    const seen = new Set(ids.flat())
    for (const id of seen) expect(lengths[id]).toBe(encoding.decodeBytes([id]).length)
  })

  test('encodeInto gives the same ids, and the pieces at safe cuts those of the whole', () => {
    const target = new Uint32Array(4096)
    const allowed = { allowedSpecial: 'all' } as const
    for (const [i, text] of texts.entries()) {
      const bytes = new TextEncoder().encode(text)
      const idsOf = (part: Uint8Array): number[] => [
        ...target.subarray(0, encoding.encodeInto(part, target, allowed)),
      ]
      expect(idsOf(bytes)).toEqual(idsWithoutTemplate[i])
      const cuts = new Set(Array.from(bytes, (_, near) => encoding.findSafeCut(bytes, near, allowed, 1)))
      cuts.delete(-1)
      for (const cut of cuts) {
        expect([...idsOf(bytes.subarray(0, cut)), ...idsOf(bytes.subarray(cut))]).toEqual(
          idsWithoutTemplate[i],
        )
      }
    }
  })
})

describe('what is not known is refused by name', () => {
  const { tokenizer } = readFixture('llama3.json.gz')
  const model = tokenizer['model'] as object
  const twoParts = {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: 'a' } }, { Sequence: { id: 'A' } }],
    special_tokens: { a: { ids: [1] } },
  }
  const cases: readonly (readonly [string, string, unknown])[] = [
    [
      'normalizer',
      'normalizer Strange',
      { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Strange' }] },
    ],
    ['pre_tokenizer', 'pre_tokenizer Strange', { type: 'Strange' }],
    [
      'pre_tokenizer',
      'class `Emoji`',
      { type: 'Split', pattern: { Regex: String.raw`\p{Emoji}` }, behavior: 'Isolated' },
    ],
    [
      'pre_tokenizer',
      'ByteLevel twice',
      { type: 'Sequence', pretokenizers: [{ type: 'ByteLevel' }, { type: 'ByteLevel' }] },
    ],
    [
      'normalizer',
      'matches between characters',
      { type: 'Replace', pattern: { Regex: String.raw`\s*` }, content: '_' },
    ],
    [
      'post_processor',
      'TemplateProcessing behind another one',
      { type: 'Sequence', processors: [twoParts, twoParts] },
    ],
    ['decoder', 'decoder Strange', { type: 'Strange' }],
    ['post_processor', 'post_processor Strange', { type: 'Strange' }],
    ['model', 'model "Strange"', { type: 'Strange', vocab: {} }],
    ['model', 'model.dropout', { ...model, dropout: 0.1 }],
    ['model', 'model.byte_fallback', { ...model, byte_fallback: true, end_of_word_suffix: '</w>' }],
  ]
  test.each(cases)('%s: %s', async (member, name, value) => {
    const promise = loadTokenizerJson(JSON.stringify({ ...tokenizer, [member]: value }))
    await expect(promise).rejects.toThrow(expect.objectContaining({ code: 'unsupported-component' }))
    await expect(promise).rejects.toThrow(name)
  })
})

test('texts and streams have the same defaults when options are left out', async () => {
  const { tokenizer } = readFixture('roberta.json.gz')
  const encoding = await loadTokenizerJson(JSON.stringify(tokenizer))
  const text = 'a <mask> b</s>'
  const streamed: number[] = []
  for await (const ids of encodeStream(encoding, Readable.from([Buffer.from(text)]))) streamed.push(...ids)
  expect(streamed).toEqual([...encoding.encode(text)])
})

test('an id that contradicts the vocabulary is the one that the reference gives', async () => {
  const { tokenizer } = readFixture('gpt2.json.gz')
  const added = tokenizer['added_tokens'] as { id: number }[]
  const right = await loadTokenizerJson(JSON.stringify(tokenizer))
  const wrong = await loadTokenizerJson(
    JSON.stringify({ ...tokenizer, added_tokens: added.map((token) => ({ ...token, id: 40_000 })) }),
  )
  expect(wrong.specialTokens).toEqual(right.specialTokens)
  expect(wrong.vocabSize).toBe(right.vocabSize)
})

test('offsets of a text that a normalizer changes are refused, by the cause', async () => {
  const { tokenizer } = readFixture('qwen2.json.gz')
  const encoding = await loadTokenizerJson(JSON.stringify(tokenizer))
  const text = '\u0958 hello world cafe\u0301'
  expect(() => encoding.encodeWithOffsets(text)).toThrow(
    /a normalizer that changes this text.*no offsets here/,
  )
  expect([...encoding.encodeWithOffsets('hello').ends]).toContain(5)
})

test('a file that contradicts itself is refused', async () => {
  const { tokenizer } = readFixture('gpt2.json.gz')
  const model = tokenizer['model'] as { vocab: Record<string, number>; merges: unknown[] }
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [{ ...tokenizer, model: { ...model, merges: [...model.merges, ['a', 'zzzz']] } }, /merges.*zzzz/],
    [{ ...tokenizer, model: { ...model, merges: ['a b c'] } }, /model.merges\[0\]/],
    [{ ...tokenizer, model: { ...model, vocab: { ...model.vocab, a: -1 } } }, /token id/],
    [{ ...tokenizer, model: { ...model, vocab: [] } }, /model.vocab/],
    [[], /object/],
  ]
  for (const [content, message] of bad)
    await expect(loadTokenizerJson(JSON.stringify(content))).rejects.toThrow(message)
  await expect(loadTokenizerJson('{')).rejects.toThrow(/to be JSON/)
})

test('the end of text is found, or named', async () => {
  const { tokenizer } = readFixture('roberta.json.gz')
  const text = JSON.stringify(tokenizer)
  expect((await loadTokenizerJson(text)).endOfTextId).toBe(
    (await loadTokenizerJson(text)).specialTokens.get('</s>'),
  )
  const named = await loadTokenizerJson(text, { endOfText: '<s>' })
  expect(named.endOfTextId).toBe(named.specialTokens.get('<s>'))
  await expect(loadTokenizerJson(text, { endOfText: '<|none|>' })).rejects.toThrow('<|none|>')
  const without = await loadTokenizerJson(JSON.stringify({ ...tokenizer, added_tokens: [] }))
  expect(() => without.endOfTextId).toThrow(expect.objectContaining({ code: 'unknown-token' }))
})

test('a beginning that is marked behind cuts is refused where the text was normalized', async () => {
  const { tokenizer } = readFixture('metaspace-first.json.gz')
  const first = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true }
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
  const behind = { type: 'Sequence', pretokenizers: [{ type: 'Digits' }, first, level] }
  const withSteps = (normalizer: unknown): string =>
    JSON.stringify({ ...tokenizer, normalizer, pre_tokenizer: behind })
  await expect(loadTokenizerJson(withSteps({ type: 'NFKD' }))).rejects.toThrow('prepend_scheme first')
  await expect(loadTokenizerJson(withSteps(null))).resolves.toBeDefined()
})
