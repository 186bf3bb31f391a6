import { CharClass } from '../unicode/classes.ts'
import { charAt, invalidClass } from './char-at.ts'
import {
  contractionLength,
  lineBreakOrWhiteSpaceEnd,
  lowerish,
  newlines,
  numberRunEnd,
  numbers,
  punctuation,
  runEnd,
  upperish,
} from './runs.ts'
import type { Scanner } from './scanner.ts'

/** How the relatives of o200k differ from it. */
export interface O200kOptions {
  /** The most numbers in a piece: 3, or 1 in Tekken. */
  readonly digits: number
  /** Whether `(?i:'s|'t|'re|'ve|'m|'ll|'d)?` ends a word; not in Tekken. */
  readonly contractions: boolean
}

const words = upperish | lowerish

/**
 * `P?U*W+C?|P?U+W*C?|\p{N}{1,D}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+` with P = `[^\r\n\p{L}\p{N}]`,
 * U = `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, W = `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`, C = the contractions and D = `digits`.
 */
export function createO200kScanner({ digits, contractions }: O200kOptions): Scanner {
  const wordEnd = (bytes: Uint8Array, at: number, end: number): number =>
    contractions ? at + contractionLength(bytes, at, end) : at

  return (bytes, start, end) => {
    const char = charAt(bytes, start, end)
    const bit = 1 << (char & 15)
    if (bit === 1 << invalidClass) return -1
    const next = start + (char >> 4)
    if ((numbers & bit) !== 0) return numberRunEnd(bytes, next, end, digits - 1)
    if ((newlines & bit) === 0) {
      const isMark = (char & 15) === CharClass.mark
      if ((words & bit) !== 0 && !isMark) return wordEnd(bytes, caseRunEnd(bytes, start, end, true), end)
      if (next < end) {
        const after = 1 << (charAt(bytes, next, end) & 15)
        if ((words & after) !== 0) {
          // A mark may be the prefix or the first letter; as a prefix it comes first, but then U* needs a W after it.
          const word = caseRunEnd(bytes, next, end, !isMark)
          return wordEnd(bytes, word < 0 ? next : word, end)
        }
        if (bytes[start] === 0x20 && (punctuation & after) !== 0) return punctuationEnd(bytes, next, end)
      }
      if (isMark) return wordEnd(bytes, next, end)
    }
    if ((punctuation & bit) !== 0) return punctuationEnd(bytes, start, end)
    return lineBreakOrWhiteSpaceEnd(bytes, start, end)
  }
}

/**
 * `U*W+`, or else `U+` when `orUpper`, from `start` on, where the first character is one of them; -1 when neither is
 * there. `U*` is greedy: where no lower-case letter follows, it gives back to its last character that W has too.
 */
function caseRunEnd(bytes: Uint8Array, start: number, end: number, orUpper: boolean): number {
  let at = start
  let afterShared = -1
  while (at < end) {
    const char = charAt(bytes, at, end)
    const bit = 1 << (char & 15)
    if ((upperish & bit) === 0) {
      if ((lowerish & bit) !== 0) return runEnd(bytes, at + (char >> 4), end, lowerish)
      break
    }
    at += char >> 4
    if ((lowerish & bit) !== 0) afterShared = at
  }
  if (afterShared >= 0) return afterShared
  return orUpper ? at : -1
}

function punctuationEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = runEnd(bytes, start, end, punctuation)
  while (at < end && (bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x2f)) at++
  return at
}
