import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { loadTokenizerJson, trainBpe } from '../src/index.ts'
import { PieceCounts } from '../src/train/count-pieces.ts'
import { learnMerges, type Merge } from '../src/train/learn-merges.ts'

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url))
const verdict = fixture('the-verdict.txt').toString('utf8')

interface Model {
  readonly vocab: Readonly<Record<string, number>>
  readonly merges: readonly (readonly [string, string])[]
}

test('training learns the merges of Hugging Face tokenizers, numbered as there', async () => {
  const { texts, model } = JSON.parse(gunzipSync(fixture('bpe-trainer.json.gz')).toString('utf8')) as {
    texts: readonly string[]
    model: Model
  }
  const { model: learnt } = JSON.parse(await trainBpe([verdict, ...texts], { vocabSize: 2000 })) as {
    model: Model
  }
  expect(learnt.merges).toEqual(model.merges)
  expect(learnt.vocab).toEqual(model.vocab)
})

/** The pieces of the bonus chapter of LLMs-from-scratch: words with the space before them, and line breaks. */
function chapterPieces(text: string): string[] {
  return text.match(/\n| ?\S+| +/g) ?? []
}

/** There 256 characters come first, then the space's stand-in and the special token, then the merges. */
function chapterNumber(byte: number): number {
  return byte === 0x20 ? 256 : byte
}

/**
 * The chapter's encoder is not BPE's: a piece that is a token is that token; otherwise it joins any pair it knows, from
 * left to right, until there is none.
 */
function chapterEncode(piece: string, merges: readonly Merge[]): number[] {
  const made = new Map(merges.map((pair, i) => [pair.join(), 258 + i]))
  const texts = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).concat(
    ' ',
    '<|endoftext|>',
  )
  for (const [left, right] of merges) texts.push(texts[left]! + texts[right]!)
  if (piece.length > 1 && texts.includes(piece)) return [texts.indexOf(piece)]
  let numbers = Array.from(Buffer.from(piece), chapterNumber)
  for (let count = 0; count !== numbers.length;) {
    count = numbers.length
    const joined: number[] = []
    for (let i = 0; i < numbers.length; i++) {
      const merged = made.get(`${numbers[i]},${numbers[i + 1]}`)
      joined.push(merged ?? numbers[i]!)
      if (merged !== undefined) i++
    }
    numbers = joined
  }
  return numbers
}

test('training learns the 742 merges of the bonus chapter of LLMs-from-scratch, which give its ids', () => {
  const { entries } = JSON.parse(fixture('llms-from-scratch-ch02.json').toString('utf8')) as {
    entries: readonly { id: string; input: string; expected: number[] }[]
  }
  const { input, expected } = entries.find(({ id }) => id === 'bpe_scratch.encode')!
  const counts = new PieceCounts()
  for (const piece of chapterPieces(verdict)) {
    const bytes = Buffer.from(piece)
    counts.add(bytes, 0, bytes.length)
  }
  const options = {
    mergeCount: 742,
    minFrequency: 1,
    ties: 'first',
    numberOfByte: chapterNumber,
    firstMerge: 258,
  } as const
  const merges = learnMerges(counts, options)
  expect(merges.length).toBe(742)
  expect(chapterPieces(input).flatMap((piece) => chapterEncode(piece, merges))).toEqual(expected)
})

test.each(['gpt2', 'cl100k', 'o200k', 'qwen2', 'tekken'] as const)(
  'what was learnt with the pattern %s is read back and encodes any text',
  async (pattern) => {
    const file = await trainBpe([verdict, '中文字、中文字。 12345 ABCdef'], { vocabSize: 500, pattern })
    const encoding = await loadTokenizerJson(file)
    expect(encoding.vocabSize).toBe(500)
    expect(encoding.endOfTextId).toBe(0)
    const text = 'Jack embraced beauty — 中文 12345\n\n\tand life. 😀'
    expect(encoding.decode(encoding.encode(text))).toBe(text)
    expect(encoding.count(verdict)).toBeLessThan(verdict.length / 2)
  },
)

async function* corpus(): AsyncGenerator<string | Uint8Array> {
  yield 'low low low lower'
  yield Uint8Array.from([0x6c, 0x6f, 0x77, 0xff, 0xfe, 0x20])
}

test('training reads a corpus piece by piece, bytes that are not UTF-8 included', async () => {
  const { model } = JSON.parse(await trainBpe(corpus(), { vocabSize: 260, specialTokens: [] })) as {
    model: Model
  }
  expect(model.merges).toEqual([
    ['l', 'o'],
    ['lo', 'w'],
    ['Ġ', 'low'],
  ])
})

test('options that make no sense are errors', async () => {
  await expect(trainBpe([], { vocabSize: 100 })).rejects.toThrow(
    'Expected `vocabSize` to be an integer from 257',
  )
  await expect(trainBpe([], { vocabSize: 300, pattern: 'x' as 'gpt2' })).rejects.toThrow('`pattern`')
})

test('a corpus that is one text, or holds anything but texts, is refused in words', async () => {
  const options = { vocabSize: 300 }
  await expect(trainBpe('text', options)).rejects.toThrow(
    /got one string: put it in a list, as in trainBpe\(\[text\]/,
  )
  await expect(trainBpe(Buffer.from('text') as never, options)).rejects.toThrow(/got one array of bytes/)
  await expect(trainBpe(undefined as never, options)).rejects.toThrow(/got undefined/)
  await expect(trainBpe([12] as never, options)).rejects.toThrow(/Expected each text of `corpus`.*got number/)
})
