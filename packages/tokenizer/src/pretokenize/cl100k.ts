import { charAt, invalidClass } from './char-at.ts'
import type { Scanner } from './scanner.ts'
import {
  contractionLength,
  letters,
  lineBreakOrWhiteSpaceEnd,
  newlines,
  numberRunEnd,
  numbers,
  punctuation,
  runEnd,
} from './runs.ts'

/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,D}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
 * with D = `digits`: 3 in cl100k and Llama 3, 1 in Qwen 2 to 3.
 */
export function createCl100kScanner(digits: number): Scanner {
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

function punctuationEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = runEnd(bytes, start, end, punctuation)
  while (at < end && (bytes[at] === 0x0a || bytes[at] === 0x0d)) at++
  return at
}
