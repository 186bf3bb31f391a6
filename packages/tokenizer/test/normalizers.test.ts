import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { withAsciiTable } from '../src/normalize/ascii-table.ts'
import { bertNormalizer } from '../src/normalize/bert.ts'
import type { Normalizer } from '../src/normalize/normalizer.ts'
import { bertPreTokenizer } from '../src/pretokenize/bert.ts'
import { charMatches, isWhiteSpace, punctuationTest } from '../src/pretokenize/class-pattern.ts'
import { Pieces, type PreTokenizerStep } from '../src/pretokenize/pieces.ts'
import { splitStep } from '../src/pretokenize/split.ts'

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Texts of what BERT treats differently: cases, marks, controls, spaces, punctuation, ideographs, long stretches of ASCII. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          'a',
          'Z',
          'É',
          'e\u0301',
          '\u0301',
          'İ',
          'ß',
          'Σ',
          'Ж',
          'й',
          '中',
          '豈',
          '\u{2f800}',
          '각',
          '\u1100\u1161',
          'हि',
          '\u0958',
        ],
        ...[
          ' ',
          '\t',
          '\r\n',
          '\u00a0',
          '\u0085',
          '\u3000',
          '\0',
          '\x7f',
          '\u200d',
          '\ufeff',
          '\ufffd',
          '\ue000',
          '\u00ad',
        ],
        ...[
          '.',
          '-',
          '_',
          '$',
          '^',
          '`',
          '«',
          '。',
          '、',
          '…',
          '\u{10100}',
          '😀',
          'plain words, and Others; ',
          'x'.repeat(20),
        ],
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join('').toWellFormed())

const choices = [true, false]
test('BERT normalizes bytes as it normalizes a string', () => {
  for (const cleanText of choices)
    for (const handleChineseChars of choices)
      for (const stripAccents of choices)
        for (const lowercase of choices) {
          const normalizer = bertNormalizer({ cleanText, handleChineseChars, stripAccents, lowercase })
          if (normalizer === undefined) continue
          fc.assert(
            fc.property(texts, (text) => {
              const bytes = utf8.encode(`.${text}.`)
              const changed = normalizer.normalizeBytes!(bytes, 1, bytes.length - 1)
              expect(decoder.decode(changed)).toBe(normalizer.normalize(text))
            }),
            { numRuns: 100 },
          )
        }
})

test('long runs and texts that grow are normalized in bytes', () => {
  const normalizer = bertNormalizer({
    cleanText: true,
    handleChineseChars: true,
    stripAccents: true,
    lowercase: true,
  })!
  for (const text of [
    '中'.repeat(30_000),
    'é中 A'.repeat(20_000),
    `${'Ж'.repeat(9000)} ${'Ж'.repeat(9000)}`,
  ]) {
    const bytes = utf8.encode(text)
    expect(decoder.decode(normalizer.normalizeBytes!(bytes, 0, bytes.length))).toBe(
      normalizer.normalize(text),
    )
  }
})

test('bytes that are not UTF-8 are refused', () => {
  const normalizer = bertNormalizer({
    cleanText: true,
    handleChineseChars: true,
    stripAccents: true,
    lowercase: true,
  })!
  for (const bytes of [[0x41, 0xc3], [0xc3, 0x41], [0x80], [0xed, 0xa0, 0x80]])
    expect(() => normalizer.normalizeBytes!(Uint8Array.from(bytes), 0, bytes.length)).toThrow(TypeError)
})

test('a normalizer that makes more of ASCII gets no table', () => {
  const twice: Normalizer = {
    normalize: (text) => text + text,
    mayChange: () => true,
    cutsBeforeSpace: false,
  }
  expect(() => withAsciiTable(twice)).toThrow(/ASCII/)
})

function cut(steps: readonly PreTokenizerStep[], text: string): { pieces: string[]; isFirst: boolean } {
  const bytes = utf8.encode(`.${text}`)
  let pieces = new Pieces()
  pieces.reset(bytes, true)
  pieces.push(1, bytes.length)
  for (const step of steps) {
    const next = new Pieces()
    step.cut(pieces, next)
    pieces = next
  }
  const found = Array.from({ length: pieces.count }, (_, i) =>
    decoder.decode(bytes.subarray(pieces.starts[i], pieces.ends[i])),
  )
  return { pieces: found, isFirst: found.length > 0 && pieces.isFirst }
}

test('BERT cuts in one pass as two splits do', () => {
  const slow = [
    splitStep(charMatches(isWhiteSpace, false), 'Removed', false),
    splitStep(charMatches(punctuationTest(), false), 'Isolated', false),
  ]
  const fast = bertPreTokenizer()
  fc.assert(
    fc.property(texts, (text) => {
      expect(cut([fast], text)).toEqual(cut(slow, text))
    }),
    { numRuns: 1000 },
  )
})
