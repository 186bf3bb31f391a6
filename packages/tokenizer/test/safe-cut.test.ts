import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EncodingName, findSafeCut, getEncoding, loadTokenizerJson } from '../src/index.ts'
import { longTrickyText, utf8 } from './support/texts.ts'

/** Every cut that a search from any place finds. */
function allCuts(bytes: Uint8Array): Set<number> {
  const cuts = new Set<number>()
  for (let near = 0; near < bytes.length; near++) {
    cuts.add(findSafeCut(bytes, near))
    // One byte of reach at a time also finds the places of the second kind that the first kind hides.
    cuts.add(findSafeCut(bytes, near, 1))
  }
  cuts.delete(-1)
  return cuts
}

describe.each<EncodingName>(['gpt2', 'cl100k_base', 'o200k_base'])('safe cuts of %s', async (name) => {
  const encoding = await getEncoding(name)

  test('the ids of the pieces, joined, are the ids of the whole', () => {
    fc.assert(
      fc.property(longTrickyText, (text) => {
        const bytes = utf8(text)
        const whole = [...encoding.encodeOrdinary(bytes)].join()
        const cuts = allCuts(bytes)
        for (const cut of cuts) {
          const left = encoding.encodeOrdinary(bytes.subarray(0, cut))
          const right = encoding.encodeOrdinary(bytes.subarray(cut))
          expect([...left, ...right].join()).toBe(whole)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('allowed special tokens are never cut in two', () => {
    const special = '<|endoftext|>'
    const parts = fc.array(fc.constantFrom(special, '<|endof', '<|', 'text|>', 'word', ' ', '|', '1', '\n'), {
      minLength: 5,
      maxLength: 60,
    })
    const options = { allowedSpecial: [special] }
    const target = new Uint32Array(4096)
    const ids = (bytes: Uint8Array): number[] => [
      ...target.subarray(0, encoding.encodeInto(bytes, target, options)),
    ]
    fc.assert(
      fc.property(parts, (texts) => {
        const bytes = utf8(texts.join(''))
        for (let near = 0; near < bytes.length; near++) {
          const cut = encoding.findSafeCut(bytes, near, options, 1)
          if (cut < 0) continue
          expect([...ids(bytes.subarray(0, cut)), ...ids(bytes.subarray(cut))]).toEqual(ids(bytes))
        }
      }),
      { numRuns: 200 },
    )
  })
})

test('the first space after a word is preferred to nearer places of the second kind', () => {
  const text = utf8('abc,def 12 x')
  expect(findSafeCut(text, 1)).toBe(7)
  expect(findSafeCut(text, 1, 5)).toBe(3)
  expect(findSafeCut(text, 8)).toBe(10)
})

test('Chinese is cut before its punctuation and its ideographic space', () => {
  expect(findSafeCut(utf8('在使用此命令时，请'), 0)).toBe(21)
  expect(findSafeCut(utf8('。\u3000\u3000在'), 0)).toBe(3)
})

test('where no place is known to be safe there is no cut', () => {
  expect(findSafeCut(utf8('a'.repeat(1000)), 10)).toBe(-1)
  expect(findSafeCut(utf8(' '.repeat(1000)), 10)).toBe(-1)
  expect(findSafeCut(utf8('word after a reach'), 5, 3)).toBe(-1)
  expect(findSafeCut(new Uint8Array(0), 0)).toBe(-1)
})

test('a cut is never inside a character, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(60), (bytes, near) => {
      const cut = findSafeCut(bytes, near)
      const isInside = cut >= Math.max(near, 1) && cut < bytes.length && (bytes[cut]! & 0xc0) !== 0x80
      expect(cut === -1 || isInside).toBe(true)
    }),
  )
})

describe('where a normalizer makes something else of spaces', () => {
  const replace = (content: string, pattern = ' '): object => ({
    type: 'Replace',
    pattern: { String: pattern },
    content,
  })
  const sequence = (...normalizers: object[]): object => ({ type: 'Sequence', normalizers })
  const digits = { type: 'Digits', individual_digits: true }
  const split = (pattern: object, behavior = 'Isolated'): object => ({
    type: 'Split',
    pattern,
    behavior,
    invert: false,
  })
  const tokens = [...'?0123456789abc▁', '23', '56', '▁a', 'bc', '▁5']
  const load = (normalizer: object, preTokenizer: object) => {
    const model = {
      type: 'BPE',
      unk_token: '?',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [
        ['2', '3'],
        ['5', '6'],
        ['▁', 'a'],
        ['b', 'c'],
        ['▁', '5'],
      ],
    }
    return loadTokenizerJson(
      JSON.stringify({ version: '1.0', normalizer, pre_tokenizer: preTokenizer, model, added_tokens: [] }),
    )
  }

  test.each([
    ['digits in triples', replace('1'), split({ Regex: '[0-9][0-9][0-9]' }), false],
    ['digits in runs of three', replace('1'), split({ Regex: String.raw`\p{N}{1,3}` }), false],
    ['a word of two characters', replace('a'), split({ String: 'aa' }), false],
    ['what became of them twice', sequence(replace('a'), replace('b', 'aa')), digits, false],
    ['what stands before them', sequence(replace('▁', '5'), replace('b', '▁ ')), digits, false],
    [
      'what is stripped',
      sequence(replace(' ', 'a'), { type: 'Strip', strip_left: false, strip_right: true }),
      digits,
      false,
    ],
    ['one after the other', sequence(replace('b', 'aa'), replace('5')), digits, true],
    ['digits by themselves', replace('1'), digits, true],
    ['runs of digits', replace('1'), { type: 'Digits', individual_digits: false }, true],
    ['a space that is no more', replace('▁'), split({ String: ' ' }, 'MergedWithPrevious'), true],
    ['what became of it', replace('▁'), split({ String: '▁' }, 'MergedWithNext'), true],
  ])('%s: the pieces at safe cuts have the ids of the whole', async (_, normalizer, preTokenizer, isCut) => {
    const encoding = await load(normalizer, preTokenizer)
    const target = new Uint32Array(256)
    const idsOf = (bytes: Uint8Array): number[] => [...target.subarray(0, encoding.encodeInto(bytes, target))]
    let cuts = 0
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'1235670aabc   '), minLength: 2, maxLength: 60 }),
        (text) => {
          const bytes = utf8(text)
          for (let near = 1; near < bytes.length; near++) {
            const cut = encoding.findSafeCut(bytes, near, {}, 1)
            if (cut < 0) continue
            cuts++
            expect([...idsOf(bytes.subarray(0, cut)), ...idsOf(bytes.subarray(cut))]).toEqual(idsOf(bytes))
          }
        },
      ),
      { numRuns: 300 },
    )
    expect(cuts > 0).toBe(isCut)
  })
})
