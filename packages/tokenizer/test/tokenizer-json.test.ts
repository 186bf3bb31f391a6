import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { loadTokenizerJson } from '../src/index.ts'

interface Fixture {
  readonly reference: string
  readonly tokenizer: Record<string, unknown>
  readonly texts: readonly string[]
  readonly ids: readonly (readonly number[])[]
  readonly idsWithoutTemplate: readonly (readonly number[])[]
  readonly decoded: readonly string[]
}

const folder = new URL('fixtures/tokenizer-json/', import.meta.url)
function readFixture(file: string): Fixture {
  return JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as Fixture
}

describe.each(readdirSync(folder))('%s', async (file) => {
  const { tokenizer, texts, ids, idsWithoutTemplate, decoded } = readFixture(file)
  const encoding = await loadTokenizerJson(JSON.stringify(tokenizer), { name: file })

  test('every text gets the ids of Hugging Face tokenizers, with and without the template', () => {
    for (const [i, text] of texts.entries()) {
      expect([...encoding.encode(text)]).toEqual(ids[i])
      expect([...encoding.encode(text, { addSpecialTokens: false })]).toEqual(idsWithoutTemplate[i])
      expect(encoding.count(text)).toBe(ids[i]!.length)
    }
  })

  test('ids are decoded as Hugging Face tokenizers does', () => {
    for (const [i, text] of decoded.entries()) expect(encoding.decode(idsWithoutTemplate[i]!)).toBe(text)
  })

  test('the byte lengths are those of the decoded tokens', () => {
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
  const cases: readonly (readonly [string, string, unknown])[] = [
    ['normalizer', 'Lowercase', { type: 'Lowercase' }],
    ['normalizer', 'NFKC', { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'NFKC' }] }],
    ['pre_tokenizer', 'Metaspace', { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' }],
    ['pre_tokenizer', 'no pre_tokenizer', null],
    ['pre_tokenizer', 'without a pattern', { type: 'ByteLevel', use_regex: false, add_prefix_space: false }],
    ['decoder', 'Metaspace', { type: 'Metaspace' }],
    ['decoder', 'no decoder', null],
    ['post_processor', 'Strange', { type: 'Strange' }],
    ['truncation', 'truncation', { max_length: 512 }],
    ['padding', 'padding', { strategy: 'BatchLongest' }],
    ['model', 'WordPiece', { type: 'WordPiece', vocab: {} }],
    ['model', 'byte_fallback', { ...(tokenizer['model'] as object), byte_fallback: true }],
    ['model', 'without the byte', { ...(tokenizer['model'] as object), vocab: { a: 0 }, merges: [] }],
    ['added_tokens', 'single_word', [{ id: 1, content: 'x', single_word: true }]],
  ]
  test.each(cases)('%s: %s', async (member, name, value) => {
    const promise = loadTokenizerJson(JSON.stringify({ ...tokenizer, [member]: value }))
    await expect(promise).rejects.toThrow(expect.objectContaining({ code: 'unsupported-component' }))
    await expect(promise).rejects.toThrow(name)
  })

  test('a Split with another pattern', async () => {
    const changed = JSON.stringify(tokenizer).replace('{1,3}', '{1,2}')
    await expect(loadTokenizerJson(changed)).rejects.toThrow(/known pre-tokenizer pattern.*\{1,2\}/)
  })

  test('merges in an order that merging would not keep', async () => {
    const model = structuredClone(tokenizer['model']) as { merges: unknown[] }
    model.merges.reverse()
    await expect(loadTokenizerJson(JSON.stringify({ ...tokenizer, model }))).rejects.toThrow(
      /before the merges/,
    )
  })
})

test('a file that contradicts itself is refused', async () => {
  const { tokenizer } = readFixture('gpt2.json.gz')
  const model = tokenizer['model'] as { vocab: Record<string, number>; merges: unknown[] }
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [{ ...tokenizer, model: { ...model, merges: [...model.merges, ['a', 'zzzz']] } }, /merges.*a zzzz/],
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
