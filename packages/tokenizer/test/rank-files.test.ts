import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { getEncoding, resolveTokenizer, TokenizerError } from '../src/index.ts'

const ranks = readFileSync(
  new URL('data/r50k_base.tiktoken', import.meta.resolve('gpt-tokenizer/package.json')),
)
const text =
  "Don't stop: the ranks ranked 12,345 rankings, naïve 中文 かな \n\n\t  <|endoftext|> 👩‍👧 -----=====\0"
const details = { pattern: 'gpt2', specialTokens: { '<|endoftext|>': 50256 } }

test('a .tiktoken file with its pattern gives the ids of the encoding that it holds', async () => {
  const { encoding, description } = await resolveTokenizer({
    file: { name: 'r50k_base.tiktoken', bytes: ranks },
    details,
  })
  const gpt2 = await getEncoding('gpt2')
  expect(description).toMatchObject({ kind: 'tiktoken', details })
  expect(encoding.vocabSize).toBe(gpt2.vocabSize)
  expect(encoding.endOfTextId).toBe(50256)
  expect(encoding.encodeOrdinary(text)).toEqual(gpt2.encodeOrdinary(text))
  const options = { allowedSpecial: 'all' } as const
  expect(encoding.encode(text, options)).toEqual(gpt2.encode(text, options))
  expect(encoding.decode(encoding.encodeOrdinary(text))).toBe(text)
  // As in tiktoken, a special token in a text is refused unless it is allowed.
  expect(() => encoding.encode(text)).toThrow(TokenizerError)
})

test('a .tiktoken file without its pattern is refused, and its kind is told by its content', async () => {
  // Llama 3 calls its file so.
  const file = { name: 'tokenizer.model', bytes: ranks.subarray(0, 5000) }
  await expect(resolveTokenizer({ file })).rejects.toThrow(/pattern of tokenizer.model.*give `pattern`/)
})

test('a .tiktoken file that contradicts itself is refused with the place', async () => {
  const load = (content: string): Promise<unknown> =>
    resolveTokenizer({ file: { name: 'x.tiktoken', bytes: Buffer.from(content) }, kind: 'tiktoken', details })
  await expect(load('IQ== 0\nIg== one\n')).rejects.toThrow(/rank at line 2 of x.tiktoken/)
  await expect(load('IQ== 0\n!! 1\n')).rejects.toThrow(/base64 at line 2/)
  await expect(load('IQ== 0\nIQ== 1\n')).rejects.toThrow(/once/)
  await expect(load('IQ== 0\n')).rejects.toThrow(/all 256 bytes.*none for 0/)
})

/** The ranks of r50k in the form of a tekken.json, whose ids come after 1,000 special tokens. */
function tekkenFile(change: Record<string, unknown> = {}): { name: string; bytes: Uint8Array } {
  const vocab = ranks
    .toString('latin1')
    .trim()
    .split('\n')
    .map((line) => ({ rank: Number(line.split(' ')[1]), token_bytes: line.split(' ')[0], token_str: null }))
  const config = {
    pattern: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    num_vocab_tokens: vocab.length,
    default_vocab_size: 50_200 + 1000,
    default_num_special_tokens: 1000,
    version: 'v3',
  }
  const bytes = Buffer.from(JSON.stringify({ config, vocab, ...change }))
  return { name: 'tekken_240718.json', bytes }
}

test('a tekken.json gives ids after those of its special tokens, and no more than it says', async () => {
  const { encoding, description } = await resolveTokenizer({ file: tekkenFile() })
  const gpt2 = await getEncoding('gpt2')
  expect(description.kind).toBe('tekken.json')
  expect(encoding.vocabSize).toBe(51_200)
  const expected = gpt2.encodeOrdinary(text)
  expect(Math.max(...expected)).toBeLessThan(50_200)
  expect(encoding.encodeOrdinary(text)).toEqual(expected.map((id) => id + 1000))
  expect([...encoding.encode('[INST]</s>', { allowedSpecial: 'all' })]).toEqual([3, 2])
  expect(encoding.decode([1, 999])).toBe('<s><SPECIAL_999>')
  expect(encoding.endOfTextId).toBe(2)
})

test('a tekken.json of a later version names its special tokens', async () => {
  const named = await resolveTokenizer({
    file: tekkenFile({ special_tokens: [{ rank: 2, token_str: '[END]', is_control: true }] }),
    details: { endOfText: '[END]' },
  })
  expect(named.encoding.endOfTextId).toBe(2)
})
