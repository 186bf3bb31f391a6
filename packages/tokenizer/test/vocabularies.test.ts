import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encodingDefinitions, vocabularySha256 } from '../src/encodings/definitions.ts'
import { identityText } from '../src/encodings/identity.ts'
import { encodingNames, getEncoding } from '../src/index.ts'
import { readVocabulary, writeVocabulary } from '../src/vocabulary/vocabulary-file.ts'
import { byteString, ranksOf, vocabularyOf } from './support/vocabularies.ts'

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

test.each(Object.entries(vocabularySha256))('%s.vocab has the pinned hash', (name, pinned) => {
  expect(sha256(readFileSync(new URL(`../vocab/${name}.vocab`, import.meta.url)))).toBe(pinned)
})

describe('each vocabulary holds the ranks of the file that tiktoken pins', () => {
  const sources = {
    r50k_base: '306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930',
    p50k_base: '94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069',
    cl100k_base: '223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7',
    o200k_base: '446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d',
  } as const
  test.each(Object.keys(sources) as (keyof typeof sources)[])('%s', (name) => {
    const file = readFileSync(new URL(import.meta.resolve(`gpt-tokenizer/data/${name}.tiktoken`)))
    expect(sha256(file)).toBe(sources[name])
    const lines = file.toString('latin1').trimEnd().split('\n')
    const ranks = ranksOf(vocabularyOf(name))
    const { idGap = Infinity } = encodingDefinitions[name]
    expect(ranks.size).toBe(lines.length)
    const wrong = lines.filter((line) => {
      const [base64, id] = line.split(' ')
      const rank = ranks.get(byteString(Buffer.from(base64!, 'base64')))!
      return rank + Number(rank >= idGap) !== Number(id)
    })
    expect(wrong).toEqual([])
  })
})

test.each(encodingNames)(
  'the identity of %s is the hash of its ranks, pattern and special tokens',
  async (name) => {
    const definition = encodingDefinitions[name]
    expect(definition.sha256).toBe(sha256(identityText(definition, vocabularyOf(name))))
    expect((await getEncoding(name)).sha256).toBe(definition.sha256)
  },
)

test.each(encodingNames)('the byte lengths of %s are those of the decoded tokens', async (name) => {
  const encoding = await getEncoding(name)
  const tokens = new Set(encoding.specialTokens.values())
  const { idGap = Infinity } = encodingDefinitions[name]
  const { size } = vocabularyOf(name)
  for (let rank = 0; rank < size; rank++) tokens.add(rank + Number(rank >= idGap))
  const wrong: number[] = []
  for (const [id, length] of encoding.tokenByteLengths().entries()) {
    const expected = tokens.has(id) ? encoding.decodeBytes([id]).length : 0
    if (length !== expected) wrong.push(id)
  }
  expect(wrong).toEqual([])
})

test('sizes and special ids are those of tiktoken 0.14', async () => {
  const sizes: Record<string, readonly [number, number]> = {}
  for (const name of encodingNames) {
    const { vocabSize, endOfTextId } = await getEncoding(name)
    sizes[name] = [vocabSize, endOfTextId]
  }
  expect(sizes).toEqual({
    gpt2: [50257, 50256],
    r50k_base: [50257, 50256],
    p50k_base: [50281, 50256],
    p50k_edit: [50284, 50256],
    cl100k_base: [100277, 100257],
    o200k_base: [200019, 199999],
    o200k_harmony: [201088, 199999],
  })
})

test('a vocabulary file is read back as it was written, and damage is refused', () => {
  const vocabulary = vocabularyOf('cl100k_base')
  const file = writeVocabulary(vocabulary)
  expect(readVocabulary(file)).toEqual(vocabulary)
  const refused = expect.objectContaining({ code: 'invalid-vocabulary' })
  expect(() => readVocabulary(file.subarray(1))).toThrow(refused)
  expect(() => readVocabulary(file.subarray(0, 100))).toThrow(refused)
  expect(() => readVocabulary(new Uint8Array(0))).toThrow(refused)
  const forward = file.slice()
  forward.fill(0xff, 268, 270)
  expect(() => readVocabulary(forward)).toThrow(refused)
})

test('an encoding that is not known is refused by name', async () => {
  await expect(getEncoding('gpt3' as 'gpt2')).rejects.toThrow(/gpt2, r50k_base.*`gpt3`/)
  await expect(getEncoding('toString' as 'gpt2')).rejects.toThrow(
    expect.objectContaining({ code: 'unknown-encoding' }),
  )
})
