import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { encodeStream, resolveTokenizer } from '../src/index.ts'

interface Fixture {
  readonly reference: string
  /** In base64. */
  readonly model: string
  readonly texts: readonly string[]
  readonly ids: readonly (readonly number[])[]
  /** A text that, said `repeats` times, is so long that sums of scores start again; and the hash of its ids. */
  readonly repeated: string
  readonly repeats: number
  readonly longSha256: string
  readonly sequences: readonly (readonly number[])[]
  readonly decoded: readonly string[]
}

const folder = new URL('fixtures/sentencepiece/', import.meta.url)
const read = (file: string): Fixture =>
  JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as Fixture
const fileOf = (model: string): { name: string; bytes: Uint8Array } => ({
  name: 'tokenizer.model',
  bytes: Buffer.from(model, 'base64'),
})

for (const file of readdirSync(folder).toSorted()) {
  const fixture = read(file)
  describe(`${file}, by ${fixture.reference}`, () => {
    test('texts have the ids of the reference, ids its texts', async () => {
      const { encoding, description } = await resolveTokenizer({ file: fileOf(fixture.model) })
      expect(description.kind).toBe('sentencepiece')
      for (const [i, text] of fixture.texts.entries()) {
        expect([...encoding.encode(text)], JSON.stringify(text.slice(0, 200))).toEqual(fixture.ids[i])
        expect(encoding.count(text)).toBe(fixture.ids[i]!.length)
      }
      for (const [i, ids] of fixture.sequences.entries())
        expect(encoding.decode(ids), ids.join()).toBe(fixture.decoded[i])
      const long = encoding.encode(fixture.repeated.repeat(fixture.repeats))
      expect(createHash('sha256').update(new Uint8Array(long.buffer)).digest('hex')).toBe(fixture.longSha256)
      expect(encoding.endOfTextId).toBe(2)
    })
  })
}

test('allowed control pieces are found in a text, and cut it into texts of their own', async () => {
  for (const file of ['bpe.json.gz', 'unigram.json.gz']) {
    const { model, texts } = read(file)
    const { encoding } = await resolveTokenizer({ file: fileOf(model) })
    const plain = texts.filter((text) => !text.includes('<'))
    const [begin, end] = ['<s>', '</s>'].map((piece) => encoding.specialTokens.get(piece)!)
    for (let at = 0; at + 1 < 60; at += 2) {
      const [first, second] = [plain[at]!, plain[at + 1]!]
      const text = `<s>${first}</s></s>${second}`
      const bare = (part: string): number[] => (part === '' ? [] : [...encoding.encodeOrdinary(part)])
      const expected = [begin, ...bare(first), end, end, ...bare(second)]
      expect([...encoding.encode(text, { allowedSpecial: 'all' })]).toEqual(expected)
      expect(encoding.count(text, { allowedSpecial: 'all' })).toBe(expected.length)
      const onlyEnd = [...bare(`<s>${first}`), end, end, ...bare(second)]
      expect([...encoding.encode(text, { allowedSpecial: ['</s>'] })]).toEqual(onlyEnd)
      const target = new Uint32Array(3 * Buffer.byteLength(text))
      const length = encoding.encodeInto(Buffer.from(text), target, { allowedSpecial: ['</s>'] })
      expect([...target.subarray(0, length)]).toEqual(onlyEnd)
      // As the library has it, where nothing is allowed.
      expect(encoding.encode(text)).toEqual(encoding.encodeOrdinary(text))
    }
    expect(() => encoding.encode('a </s>', { disallowedSpecial: 'all' })).toThrow(
      /no disallowed special token.*<\/s>/,
    )
  }
})

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700)
}

test('a stream gives the ids of the whole text, which has no safe cuts', async () => {
  const { model, texts } = read('unigram.json.gz')
  const { encoding } = await resolveTokenizer({ file: fileOf(model) })
  const bytes = Buffer.from(texts.slice(0, 400).join(' '))
  const ids: number[] = []
  for await (const block of encodeStream(encoding, chunksOf(bytes))) ids.push(...block)
  expect(ids).toEqual([...encoding.encode(bytes)])
  expect(encoding.findSafeCut(bytes, 100)).toBe(-1)
})

test('a damaged model is refused in words, wherever it is damaged', async () => {
  const bytes = Buffer.from(read('bpe.json.gz').model, 'base64')
  const load = (damaged: Uint8Array): Promise<unknown> =>
    resolveTokenizer({ file: { name: 'x.model', bytes: damaged }, kind: 'sentencepiece' })
  await expect(load(new Uint8Array(0))).rejects.toThrow(/with pieces, got none/)
  await expect(load(bytes.subarray(0, 1000))).rejects.toThrow(/Expected a SentencePiece model/)
  for (let at = 0; at < bytes.length; at += 97) {
    const damaged = Uint8Array.from(bytes)
    damaged[at] = 0xff - damaged[at]!
    // Either it is refused with a reason, or the damage is in a text or a number and it is another model.
    await load(damaged).catch((error: unknown) => expect(String(error)).toMatch(/TokenizerError: Expected/))
  }
  expect.hasAssertions()
})
