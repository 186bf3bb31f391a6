// One piece at a time: the same scanners as in src/pretokenize, in TypeScript, with the patterns they stand for.
// The text is followed by bytes of 0xFF. They return where the piece at `start` ends, or 0 when that is not UTF-8.
import {
  charAt,
  contractionLength,
  invalid,
  letterBits,
  letterRunEnd,
  letters,
  lineBreakOrWhiteSpaceEnd,
  lowerContractionLength,
  lowerish,
  mark,
  newlines,
  numberRunEnd,
  numbers,
  punctuation,
  runEnd,
  upperish,
  whiteSpaceEnd,
} from './runs'
import { contractions, digits } from './state'

export function scanGpt2(start: usize, end: usize): usize {
  const b0 = <u32>load<u8>(start)
  if (b0 == 0x27) {
    const length = lowerContractionLength(start)
    if (length != 0) return start + length
  }
  const first = start + usize(b0 == 0x20)
  const char = charAt(first)
  const bit: u32 = 1 << (char & 15)
  const next = first + (char >>> 4)
  let result: usize = 0
  if ((letters & bit) != 0) result = letterRunEnd(next)
  else if ((punctuation & bit) != 0) result = runEnd(next, punctuation)
  else if ((numbers & bit) != 0) result = runEnd(next, numbers)
  else if (bit != invalid) result = whiteSpaceEnd(start, end)
  else if (first > start) result = first
  return result
}

function punctuationAndBreaksEnd(at: usize): usize {
  at = runEnd(at, punctuation)
  while (load<u8>(at) == 0x0a || load<u8>(at) == 0x0d) at++
  return at
}

export function scanCl100k(start: usize, end: usize): usize {
  if (load<u8>(start) == 0x27) {
    const length = contractionLength(start)
    if (length != 0) return start + length
  }
  const char = charAt(start)
  const bit: u32 = 1 << (char & 15)
  const next = start + (char >>> 4)
  if ((letters & bit) != 0) return letterRunEnd(next)
  if (((numbers | newlines | invalid) & bit) == 0) {
    const after = charAt(next)
    const afterBit: u32 = 1 << (after & 15)
    if ((letters & afterBit) != 0) return letterRunEnd(next + (after >>> 4))
    if ((punctuation & bit) != 0) return punctuationAndBreaksEnd(start)
    if (load<u8>(start) == 0x20 && (punctuation & afterBit) != 0) return punctuationAndBreaksEnd(next)
  }
  if ((numbers & bit) != 0) return numberRunEnd(next, digits - 1)
  return bit == invalid ? 0 : lineBreakOrWhiteSpaceEnd(start, end)
}

function punctuationAndSlashesEnd(at: usize): usize {
  at = runEnd(at, punctuation)
  while (load<u8>(at) == 0x0a || load<u8>(at) == 0x0d || load<u8>(at) == 0x2f) at++
  return at
}

/** `U*W+`, or else `U+` when `orUpper`; 0 when neither is there. See src/pretokenize/o200k.ts. */
function caseRunEnd(start: usize, orUpper: bool): usize {
  let at = start
  let afterShared: usize = 0
  while (true) {
    const char = charAt(at)
    const bit: u32 = 1 << (char & 15)
    if ((upperish & bit) == 0) {
      if ((lowerish & bit) != 0) return runEnd(at + (char >>> 4), lowerish)
      break
    }
    at += char >>> 4
    if ((lowerish & bit) != 0) afterShared = at
  }
  if (afterShared != 0) return afterShared
  return orUpper ? at : 0
}

/** The same for a word that is ASCII to its end, in 16 bytes; others are left to `caseRunEnd`. */
// @ts-ignore: decorator
@inline
function wordRunEnd(start: usize): usize {
  const bytes = v128.load(start)
  const anyCase = letterBits(bytes)
  const lower = <u32>v128.bitmask<u8>(v128.lt<u8>(v128.sub<u8>(bytes, i8x16.splat(0x61)), i8x16.splat(26)))
  const upperCount = <u32>ctz(~(anyCase & ~lower))
  const lowerCount = <u32>ctz(~(lower >>> upperCount))
  const count = upperCount + lowerCount
  return count < 16 && load<u8>(start + count) < 0x80 ? start + count : caseRunEnd(start, true)
}

// @ts-ignore: decorator
@inline
function wordEnd(at: usize): usize {
  return load<u8>(at) == 0x27 && contractions != 0 ? at + contractionLength(at) : at
}

export function scanO200k(start: usize, end: usize): usize {
  const char = charAt(start)
  const bit: u32 = 1 << (char & 15)
  const next = start + (char >>> 4)
  if ((letters & bit) != 0) return wordEnd(wordRunEnd(start))
  if (((numbers | newlines | invalid) & bit) == 0) {
    const after: u32 = 1 << (charAt(next) & 15)
    if (((letters | mark) & after) != 0) {
      if (bit != mark) return wordEnd(wordRunEnd(next))
      const word = caseRunEnd(next, false)
      return wordEnd(word == 0 ? next : word)
    }
    if (bit == mark) return wordEnd(next)
    if ((punctuation & bit) != 0) return punctuationAndSlashesEnd(start)
    if (load<u8>(start) == 0x20 && (punctuation & after) != 0) return punctuationAndSlashesEnd(next)
  }
  if ((numbers & bit) != 0) return numberRunEnd(next, digits - 1)
  return bit == invalid ? 0 : lineBreakOrWhiteSpaceEnd(start, end)
}
