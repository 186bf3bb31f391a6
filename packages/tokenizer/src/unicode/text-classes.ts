import { textClassLetters, textClassMasks, textClassRuns } from './text-class-runs.ts'

/** What normalizers and pre-tokenizers ask of a code point, as bits. */
export const TextClass = {
  /** `\w` of the reference's regular expressions. */
  word: 1 << 0,
  /** A number: Nd, Nl or No. */
  numeric: 1 << 1,
  punctuation: 1 << 2,
  /** What BERT's cleaning removes: controls, formats, private use and unassigned. */
  control: 1 << 3,
  /** A mark without a width of its own (Mn), which BERT's accent stripping removes. */
  accent: 1 << 4,
  /** Any mark, which StripAccents removes. */
  combining: 1 << 5,
  /** Has a lower case. */
  lowers: 1 << 6,
  /** May change, or change what stands before it, in the normal form. */
  nfc: 1 << 7,
  nfd: 1 << 8,
  nfkc: 1 << 9,
  nfkd: 1 << 10,
  /** May be composed with what follows it. */
  composes: 1 << 11,
} as const

let table: Uint16Array | undefined

/** The bits of every code point, built on first use (2.2 MB, shared by all tokenizers of a thread). */
export function textClassTable(): Uint16Array {
  if (table === undefined) {
    table = new Uint16Array(0x110000)
    let start = 0
    for (const [, length, letter] of textClassRuns.matchAll(/([0-9a-z]*)([^0-9a-z])/g)) {
      const end = start + (length === '' ? 1 : parseInt(length ?? '', 36))
      table.fill(textClassMasks[textClassLetters.indexOf(letter ?? '')]!, start, end)
      start = end
    }
  }
  return table
}

/** Whether a code point is a word character of the reference. */
export function isWordChar(codePoint: number): boolean {
  return ((textClassTable()[codePoint] ?? 0) & TextClass.word) !== 0
}
