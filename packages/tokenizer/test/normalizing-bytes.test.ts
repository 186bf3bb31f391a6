import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Normalizer, normalizedBytes } from '../src/normalize/normalizer.ts'
import { replaceBytes } from '../src/normalize/replace-bytes.ts'
import { literalPattern } from '../src/pretokenize/literal-pattern.ts'
import { regexPattern } from '../src/pretokenize/regex-pattern.ts'
import { findRunPattern } from '../src/pretokenize/run-pattern.ts'
import type { TextPattern } from '../src/pretokenize/text-pattern.ts'
import { readNormalizer } from '../src/tokenizer-json/read-normalizer.ts'

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const replaceRuns = { type: 'Replace', pattern: { Regex: String.raw`\s+` }, content: ' ' }
const replaceSpaces = { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' }
const sequence = (...normalizers: readonly unknown[]): unknown => ({ type: 'Sequence', normalizers })

/** Normalizers that work on bytes, or some of whose steps do. */
const normalizers: Readonly<Record<string, unknown>> = {
  "CLIP's": sequence({ type: 'NFC' }, replaceRuns, { type: 'Lowercase' }),
  'a step of strings between two of bytes': sequence(
    { type: 'Lowercase' },
    { type: 'NFKD' },
    { type: 'StripAccents' },
    replaceSpaces,
  ),
  'spaces, replaced by more': sequence(
    { type: 'Replace', pattern: { String: ' ' }, content: '▁▁' },
    replaceRuns,
  ),
  'characters removed': { type: 'Replace', pattern: { String: 'é' }, content: '' },
  'spaces removed': { type: 'Replace', pattern: { Regex: String.raw`\s+` }, content: '' },
  Lowercase: { type: 'Lowercase' },
}

const whiteSpace = [...' \t\n\v\f\r\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000']
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...whiteSpace, '  ', '   ', '\u200b', '\u180e', '\ufeff', '\0'),
      fc.constantFrom(
        ...'aZéÉİßΣKŸ中각',
        'e\u0301',
        '\u0301',
        'A\u030a',
        '\u1100\u1161',
        '\u0958',
        '😀',
        '\u{1e900}',
      ),
      fc.constantFrom('plain words, and Others; ', 'x'.repeat(20), 'Ж'.repeat(20)),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join('').toWellFormed())

const scalars = Array.from({ length: 0x110000 }, (_, code) => code).filter(
  (code) => code < 0xd800 || code >= 0xe000,
)

/** Every character, with a text between them. */
function everything(between: string): string {
  return scalars.map((code) => String.fromCodePoint(code)).join(between)
}

/** The text of bytes among others, normalized as a walk through a text does it. */
function inBytes(normalizer: Normalizer, text: string): string {
  const bytes = utf8.encode(`.${text}.`)
  return decoder.decode(normalizedBytes(normalizer, bytes, 1, bytes.length - 1))
}

for (const [name, json] of Object.entries(normalizers)) {
  test(`bytes are normalized as a string is: ${name}`, async () => {
    const normalizer = (await readNormalizer(json))!
    expect(normalizer.normalizeBytes).toBeDefined()
    fc.assert(
      fc.property(texts, (text) => {
        expect(inBytes(normalizer, text)).toBe(normalizer.normalize(text))
      }),
      { numRuns: 200 },
    )
    const longRuns = [' '.repeat(30_000), `${'É'.repeat(9000)}\n${'é'.repeat(9000)}`, 'A \t中'.repeat(20_000)]
    for (const text of [...longRuns, everything('a')])
      expect(inBytes(normalizer, text) === normalizer.normalize(text)).toBe(true)
  })

  test(`bytes that are not UTF-8 are refused, or left for whoever is next: ${name}`, async () => {
    const normalizer = (await readNormalizer(json))!
    for (const wrong of [
      [0x41, 0x20, 0x20, 0xc3],
      [0xc3, 0x20, 0x20, 0xa9],
      [0x20, 0x80],
      [0xed, 0xa0, 0x80, 0x20],
    ]) {
      let changed: Uint8Array
      try {
        changed = normalizer.normalizeBytes!(Uint8Array.from(wrong), 0, wrong.length)
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
        continue
      }
      expect(() => new TextDecoder('utf-8', { fatal: true }).decode(changed)).toThrow(TypeError)
    }
  })
}

test('a character of two bytes is not made of what stood around a space', async () => {
  const normalizer = (await readNormalizer(normalizers['spaces removed']))!
  expect(() => normalizer.normalizeBytes!(Uint8Array.of(0xc3, 0x20, 0xa9), 0, 3)).toThrow(TypeError)
})

test("CLIP's normalizer gives what it is meant to", async () => {
  const normalizer = (await readNormalizer(normalizers["CLIP's"]))!
  expect(inBytes(normalizer, 'A\u00a0 \t\u3000É e\u0301 K İ Σ')).toBe('a é é k i̇ σ')
})

function matchesOf(pattern: TextPattern, text: string): (readonly [number, number])[] {
  const bytes = utf8.encode(`.${text}.`)
  const found: (readonly [number, number])[] = []
  pattern.findMatches(bytes, 1, bytes.length - 1, (start, end) => void found.push([start, end]))
  return found
}

test.for([String.raw`\s+`, ' {2,}'])('runs are found as the expression %s finds them', async (expression) => {
  const fast = findRunPattern(expression)!
  const slow = await regexPattern(expression)
  fc.assert(
    fc.property(texts, (text) => {
      expect(matchesOf(fast, text)).toEqual(matchesOf(slow, text))
      expect(fast.replace(text, '_')).toBe(slow.replace(text, '_'))
      const bytes = utf8.encode(text)
      expect(fast.mayMatch(bytes, 0, bytes.length)).toBe(matchesOf(slow, text).length > 0)
    }),
    { numRuns: 200 },
  )
  for (const text of [everything('')]) {
    expect(matchesOf(fast, text).join(' ') === matchesOf(slow, text).join(' ')).toBe(true)
    expect(fast.replace(text, '_') === slow.replace(text, '_')).toBe(true)
  }
})

test('only what is found in bytes is replaced in bytes', async () => {
  expect(literalPattern('a').findsInBytes).toBe(true)
  expect(
    (await readNormalizer({ type: 'Replace', pattern: { Regex: '[ab]+' }, content: '' }))!.normalizeBytes,
  ).toBeUndefined()
})

test('a normalizer that makes more than there can be is refused', () => {
  const replaced = (most: number): Uint8Array =>
    replaceBytes({ ...literalPattern('a'), content: utf8.encode('bc'), most }, utf8.encode('aaaa'), 0, 4)
  expect(decoder.decode(replaced(8))).toBe('bcbcbcbc')
  expect(() => replaced(7)).toThrow(/^Expected a normalizer to make at most 536870888 bytes of a text/)
  const endless: Normalizer = {
    normalize: (text) => text.repeat(2 ** 29),
    mayChange: () => true,
    cutsBeforeSpace: false,
  }
  expect(() => normalizedBytes(endless, utf8.encode('a'), 0, 1)).toThrow(/got more of 1: cut the text/)
})
