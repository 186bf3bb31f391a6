import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BlockEncoder,
  createEncodeTransform,
  encodeStream,
  getEncoding,
  loadTokenizerJson,
} from '../src/index.ts'
import { byteLevelBpeJson } from '../src/tokenizer-json/byte-level-bpe-json.ts'
import { tokenOfBytes } from '../src/unicode/byte-alphabet.ts'
import { longTrickyText, utf8 } from './support/texts.ts'

const encoding = await getEncoding('cl100k_base')

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function collect(blocks: AsyncIterable<Uint32Array>): Promise<number[]> {
  const ids: number[] = []
  for await (const block of blocks) for (const id of block) ids.push(id)
  return ids
}

test('the ids do not depend on the chunks, even those that split a character', async () => {
  await fc.assert(
    fc.asyncProperty(longTrickyText, fc.integer({ min: 1, max: 50 }), async (text, length) => {
      const bytes = utf8(text)
      const whole = [...encoding.encodeOrdinary(bytes)]
      expect(await collect(encodeStream(encoding, chunksOf(bytes, length)))).toEqual(whole)
    }),
    { numRuns: 50 },
  )
})

test('a text of several blocks, special tokens across their edges included, gives the ids of the whole', async () => {
  const text = utf8('Some words, <|endoftext|>中文。<|fim_prefix|>\n'.repeat(20_000))
  const options = { allowedSpecial: 'all' } as const
  const whole = encoding.encode(text, options).join()
  for (const length of [997, 262_144, text.length]) {
    const blocks: Uint32Array[] = []
    for await (const block of encodeStream(encoding, chunksOf(text, length), options)) blocks.push(block)
    expect(blocks.length).toBeGreaterThan(2)
    expect(blocks.join() === whole).toBe(true)
  }
})

test('a text without any safe cut is kept whole', async () => {
  const text = utf8('a'.repeat(1_000_000))
  const ids = await collect(encodeStream(encoding, chunksOf(text, 100_000)))
  expect(ids.length).toBe(encoding.count(text))
})

test('the transform gives what the iterable gives', async () => {
  const text = utf8('Bytes in, ids out; 中文 too. '.repeat(30_000))
  const stream = ReadableStream.from(chunksOf(text, 10_001)).pipeThrough(createEncodeTransform(encoding))
  expect(await collect(stream)).toEqual([...encoding.encode(text)])
})

test('a text that a normalizer makes longer than its bytes gives the ids of the whole', async () => {
  const content = byteLevelBpeJson({
    pattern: undefined,
    specialTokens: [],
    vocab: Array.from({ length: 256 }, (_, byte) => [tokenOfBytes(Uint8Array.of(byte)), byte] as const),
    merges: [],
  })
  const expanding = await loadTokenizerJson(JSON.stringify({ ...content, normalizer: { type: 'NFKC' } }))
  const text = '\ufdfa'.repeat(1000)
  const whole = [...expanding.encode(text)]
  expect(whole.length).toBeGreaterThan(30 * 1000)
  expect(await collect(encodeStream(expanding, chunksOf(utf8(text), 100)))).toEqual(whole)
  expect([...new BlockEncoder(expanding, {}).encodeShort(utf8('\ufdfa'))!]).toEqual(whole.slice(0, 33))
})

test('bytes that are not UTF-8 count as U+FFFD', async () => {
  const bytes = Uint8Array.from([0x61, 0xff, 0xc3, 0x62, 0xe4, 0xb8])
  const ids = await collect(encodeStream(encoding, chunksOf(bytes, 1)))
  expect(ids).toEqual([...encoding.encode('a\ufffd\ufffdb\ufffd')])
})

test('a short text at once gives the ids that it has pushed, with special tokens or without', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(longTrickyText, { maxLength: 6 }), fc.boolean(), async (texts, special) => {
      const options = { allowedSpecial: special ? ('all' as const) : [] }
      const encoder = new BlockEncoder(encoding, options)
      for (const text of texts.map((one) => utf8(`${one}<|endoftext|>${one}`))) {
        const expected = await collect(encodeStream(encoding, chunksOf(text, 7), options))
        expect([...encoder.encodeShort(text)!]).toEqual(expected)
      }
    }),
    { numRuns: 30 },
  )
})

test('a text that is long, or comes after the beginning of another, is to be pushed', () => {
  const encoder = new BlockEncoder(encoding, {})
  expect(encoder.encodeShort(new Uint8Array(1 << 18))).toBeUndefined()
  expect([...encoder.push(utf8('a beginning'))]).toEqual([])
  expect(encoder.encodeShort(utf8('and more'))).toBeUndefined()
  encoder.reset()
  expect(encoder.encodeShort(utf8('hello'))).toEqual(encoding.encodeOrdinary('hello'))
})
