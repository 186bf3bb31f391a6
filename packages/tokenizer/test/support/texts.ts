import * as fc from 'fast-check'

/** Pieces of text at which pre-tokenizers go wrong: every class, its neighbours, and the known traps. */
const fragments: readonly string[] = [
  'a',
  'B',
  'z',
  'É',
  'é',
  'ß',
  'ǅ',
  'ʰ',
  'Σ',
  'ſ',
  '中',
  '亚洲AV',
  'の',
  'カ',
  '한',
  'क्',
  'ิ',
  'א',
  '1',
  '2',
  '123',
  '4567',
  '٣',
  '½',
  'Ⅷ',
  '²',

  ' ',
  '  ',
  '   ',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\v',
  '\u3000',
  '\u00a0',
  '\u0085',
  '\u2028',
  '\u200b',
  '\ufeff',
  "'",
  '’',
  "'s",
  "'S",
  "'ſ",
  "'T",
  "'ll",
  "'LL",
  "'re",
  "'Ve",
  "'m",
  "'d",
  "'x",

  '!',
  '?!',
  '/',
  '//',
  ';\n//',
  '_',
  '-',
  '.',
  ',',
  '\0',
  '\x7f',
  '«',
  '😀',
  '👍🏽',
  '\u200d',
  '\u0301',
  '\u0301\u0302',

  'hello',
  ' world',
  'World',
  ' The',
  'the',
  'Don',
  'ing',
  ' http://',
  '<|',
  '|>',
  '<|endoftext|>',
  '\ud800',
  '\udc00',
]

/** Texts of up to 40 such pieces. */
export const trickyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...fragments) },
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''))

/** Texts that are long enough to be cut. */
export const longTrickyText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...fragments), { minLength: 50, maxLength: 400 })
  .map((parts) => parts.join(''))

/**
 * Long texts of fragments without the classes that a scanner of 64 bytes leaves to the scanner of single pieces (other numbers,
 * marks, wide white space), so that runs and their edges are everywhere in its blocks.
 */
export const plainText: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      ...['a', 'B', 'the', 'THE', 'Don', 'é', 'É', 'Да', 'нет', '中文', '😀', '“', '»', '1', '234', '56789'],
      ...[' ', '  ', '    ', '\n', '\r\n', '\n\n', '\t', '\v', ' \n', '\n '],
      ...["'", "'s", "'T", "'re", "'LL", "''", "'ſ", '.', '!?', '(', '/', '_', '-', ' "', ';\n/'],
    ),
    { minLength: 40, maxLength: 200 },
  )
  .map((parts) => parts.join(''))

/** Texts of the letters that are classified many at a time and of those around them; words of any length. */
export const scriptText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      ...[
        [0x400, 0x45f],
        [0x430, 0x44f],
        [0x45e, 0x4a0],
        [0x3000, 0x3003],
        [0x3040, 0x30ff],
        [0x4dbe, 0x4e03],
        [0x4e00, 0x4eff],
        [0x9ff0, 0xa010],
        [0x20, 0x7e],
      ].map(([min, max]) => fc.integer({ min: min!, max: max! }).map((code) => String.fromCodePoint(code))),
      fc.constantFrom(
        '的',
        '一个',
        '中国',
        'では',
        'ている',
        'ください',
        'コマンド',
        ' что',
        'ность',
        ' файл',
        '、',
        '。',
        ' ',
      ),
    ),
    { minLength: 1, maxLength: 200 },
  )
  .map((parts) => parts.join(''))

/** The UTF-8 bytes of a text; lone surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
