import { CharClass } from '../unicode/classes.ts'
import { charAt } from './char-at.ts'
import { isPunctuationOrSymbol } from './punctuation-or-symbol.ts'
import { letters, lineBreakOrWhiteSpaceEnd, newlines, whiteSpace } from './runs.ts'
import type { Matches } from './split.ts'

/** DeepSeek V3's words, after numbers and ideographs were cut off; its file has the line breaks as they are. */
export const deepSeekWordsExpression =
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|' +
  '[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*' +
  '|\\s*[\r\n]+|\\s+(?!\\S)|\\s+'

const words = letters | (1 << CharClass.mark)

/**
 * The third expression of DeepSeek V3: `[ASCII punctuation][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|
 * \s+(?!\S)|\s+`. Numbers, controls and what is not assigned match only before a word.
 */
export const deepSeekWords: Matches = {
  beforeSpace: 'border',
  findMatches(bytes, start, end, emit) {
    for (let at = start; at < end;) {
      const matchEnd = matchAt(bytes, at, end)
      if (matchEnd > at) {
        emit(at, matchEnd)
        at = matchEnd
      } else {
        at += charAt(bytes, at, end) >> 4
      }
    }
  },
}

/** The end of the match that begins at `at`, or `at` when none does. */
function matchAt(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at]!
  const char = charAt(bytes, at, end)
  const bit = 1 << (char & 15)
  const next = at + (char >> 4)
  if (isAsciiPunctuation(byte)) {
    let wordEnd = next
    while (wordEnd < end && isAsciiLetter(bytes[wordEnd]!)) wordEnd++
    if (wordEnd > next) return wordEnd
  }
  const isMark = isPunctuationOrSymbol(bytes, at)
  // Any one character but a line break, a letter or punctuation may stand before a word.
  if ((bit & (newlines | letters)) === 0 && !isMark && next < end) {
    const after = charAt(bytes, next, end)
    if ((words & (1 << (after & 15))) !== 0) return wordRunEnd(bytes, next, end)
  }
  if ((bit & words) !== 0) return wordRunEnd(bytes, at, end)
  const first = byte === 0x20 ? next : at
  if (first < end && isPunctuationOrSymbol(bytes, first)) {
    let last = first
    while (last < end && isPunctuationOrSymbol(bytes, last)) last += charAt(bytes, last, end) >> 4
    while (last < end && (bytes[last] === 0x0a || bytes[last] === 0x0d)) last++
    return last
  }
  return (bit & whiteSpace) === 0 ? at : lineBreakOrWhiteSpaceEnd(bytes, at, end)
}

function wordRunEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const char = charAt(bytes, at, end)
    if ((words & (1 << (char & 15))) === 0) break
    at += char >> 4
  }
  return at
}

function isAsciiPunctuation(byte: number): boolean {
  return (
    (byte > 0x20 && byte < 0x30) ||
    (byte > 0x39 && byte < 0x41) ||
    (byte > 0x5a && byte < 0x61) ||
    (byte > 0x7a && byte < 0x7f)
  )
}

function isAsciiLetter(byte: number): boolean {
  return (byte | 0x20) - 0x61 >= 0 && (byte | 0x20) < 0x7b
}
