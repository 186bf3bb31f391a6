import { charAt, invalidClass } from './char-at.ts'
import { letters, lowerContractionLength, numbers, punctuation, runEnd, whiteSpaceEnd } from './runs.ts'

/** `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
export function scanGpt2(bytes: Uint8Array, start: number, end: number): number {
  const contraction = lowerContractionLength(bytes, start, end)
  if (contraction > 0) return start + contraction
  // An optional space belongs to whatever is not white space after it.
  const first = bytes[start] === 0x20 && start + 1 < end ? start + 1 : start
  const char = charAt(bytes, first, end)
  const bit = 1 << (char & 15)
  if (bit === 1 << invalidClass) return first > start ? first : -1
  const next = first + (char >> 4)
  if ((letters & bit) !== 0) return runEnd(bytes, next, end, letters)
  if ((punctuation & bit) !== 0) return runEnd(bytes, next, end, punctuation)
  if ((numbers & bit) !== 0) return runEnd(bytes, next, end, numbers)
  return whiteSpaceEnd(bytes, start, end)
}
