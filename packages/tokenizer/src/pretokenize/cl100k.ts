import { CharClass } from '../unicode/classes.ts'
import { charAt, invalidClass } from './char-at.ts'
import type { Scanner } from './scanner.ts'
import {
  contractionLength,
  letters as plainLetters,
  lineBreakOrWhiteSpaceEnd,
  newlines,
  numberRunEnd,
  numbers,
  punctuation as plainPunctuation,
  runEnd,
} from './runs.ts'

/** How the relatives of cl100k differ from it. */
export interface Cl100kOptions {
  /** The most numbers in a piece: 3 in cl100k and Llama 3, 1 in Qwen 2 to 3, 2 in nanochat. */
  readonly digits: number
  /** Whether marks are letters and no punctuation, as in Qwen 3.5. */
  readonly marks: boolean
}

/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,D}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
 * with D = `digits`; with `marks`, `\p{M}` stands beside `\p{L}` in the run of letters and in the set of punctuation.
 */
export function createCl100kScanner({ digits, marks }: Cl100kOptions): Scanner {
  const letters = marks ? plainLetters | (1 << CharClass.mark) : plainLetters
  const punctuation = marks ? 1 << CharClass.other : plainPunctuation
  const punctuationEnd = (bytes: Uint8Array, start: number, end: number): number => {
    let at = runEnd(bytes, start, end, punctuation)
    while (at < end && (bytes[at] === 0x0a || bytes[at] === 0x0d)) at++
    return at
  }

  return (bytes, start, end) => {
    const contraction = contractionLength(bytes, start, end)
    if (contraction > 0) return start + contraction
    const char = charAt(bytes, start, end)
    const bit = 1 << (char & 15)
    if (bit === 1 << invalidClass) return -1
    const next = start + (char >> 4)
    if ((letters & bit) !== 0) return runEnd(bytes, next, end, letters)
    if ((numbers & bit) !== 0) return numberRunEnd(bytes, next, end, digits - 1)
    if ((newlines & bit) === 0 && next < end) {
      // Any one other character may stand before letters.
      const after = charAt(bytes, next, end)
      const afterBit = 1 << (after & 15)
      if ((letters & afterBit) !== 0) return runEnd(bytes, next + (after >> 4), end, letters)
      if (bytes[start] === 0x20 && (punctuation & afterBit) !== 0) return punctuationEnd(bytes, next, end)
    }
    if ((punctuation & bit) !== 0) return punctuationEnd(bytes, start, end)
    return lineBreakOrWhiteSpaceEnd(bytes, start, end)
  }
}
