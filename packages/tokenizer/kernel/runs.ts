// The same runs as src/pretokenize/runs.ts. Bytes of 0xFF follow the text, so that every run ends there unasked.
import { classes } from './state'

// Sets of classes; see CharClass in src/unicode/classes.ts.
export const letters: u32 = 0b0000_1110
export const punctuation: u32 = 0b0001_0001
export const numbers: u32 = 0b0010_0000
export const whiteSpace: u32 = 0b1100_0000
export const newlines: u32 = 0b1000_0000
export const upperish: u32 = 0b0001_1010
export const lowerish: u32 = 0b0001_1100
export const mark: u32 = 0b0001_0000
export const invalid: u32 = 0b1_0000_0000

/** The class of the character at `at` and its length in bytes: `class | length << 4`. */
// @ts-ignore: decorator
@inline
export function charAt(at: usize): u32 {
  const b0 = <u32>load<u8>(at)
  return b0 < 0x80 ? <u32>load<u8>(classes + b0) | 0x10 : wideCharAt(at, b0)
}

export function wideCharAt(at: usize, b0: u32): u32 {
  if (b0 - 0xe0 < 0x10) {
    const b1 = <u32>load<u8>(at, 1) ^ 0x80
    const b2 = <u32>load<u8>(at, 2) ^ 0x80
    const code = ((b0 & 0xf) << 12) | (b1 << 6) | b2
    if ((b1 | b2) > 0x3f || code < 0x800 || code >>> 11 == 0x1b) return 0x18
    return <u32>load<u8>(classes + code) | 0x30
  }
  if (b0 < 0xe0) {
    const b1 = <u32>load<u8>(at, 1) ^ 0x80
    if (b0 < 0xc2 || b1 > 0x3f) return 0x18
    return <u32>load<u8>(classes + (((b0 & 0x1f) << 6) | b1)) | 0x20
  }
  const b1 = <u32>load<u8>(at, 1) ^ 0x80
  const b2 = <u32>load<u8>(at, 2) ^ 0x80
  const b3 = <u32>load<u8>(at, 3) ^ 0x80
  const code = ((b0 & 0x7) << 18) | (b1 << 12) | (b2 << 6) | b3
  if (b0 > 0xf4 || (b1 | b2 | b3) > 0x3f || code < 0x10000 || code > 0x10ffff) return 0x18
  return <u32>load<u8>(classes + code) | 0x40
}

/** The end of the run of characters whose class is in `set`. */
// @ts-ignore: decorator
@inline
export function runEnd(at: usize, set: u32): usize {
  let char = charAt(at)
  while (((set >>> (char & 15)) & 1) != 0) {
    at += char >>> 4
    char = charAt(at)
  }
  return at
}

/** Bit i: whether byte i of `bytes` is an ASCII letter. */
// @ts-ignore: decorator
@inline
export function letterBits(bytes: v128): u32 {
  const folded = v128.sub<u8>(v128.or(bytes, i8x16.splat(0x20)), i8x16.splat(0x61))
  return <u32>v128.bitmask<u8>(v128.lt<u8>(folded, i8x16.splat(26)))
}

/** The end of the run of letters, 16 bytes at a time while they are ASCII. */
// @ts-ignore: decorator
@inline
export function letterRunEnd(at: usize): usize {
  let count = <u32>ctz(~letterBits(v128.load(at)))
  at += count
  if (count == 16 || load<u8>(at) >= 0x80) at = longLetterRunEnd(at)
  return at
}

function longLetterRunEnd(at: usize): usize {
  while (true) {
    const b0 = <u32>load<u8>(at)
    if (b0 < 0x80) {
      const count = <u32>ctz(~letterBits(v128.load(at)))
      if (count == 0) return at
      at += count
    } else {
      const char = wideCharAt(at, b0)
      if (((letters >>> (char & 15)) & 1) == 0) return at
      at += char >>> 4
    }
  }
}

/** The end of a run of at most `limit` numbers. */
// @ts-ignore: decorator
@inline
export function numberRunEnd(at: usize, limit: u32): usize {
  while (limit > 0) {
    const char = charAt(at)
    if ((char & 15) != 5) break
    at += char >>> 4
    limit--
  }
  return at
}

/** `\s+(?!\S)|\s+` */
export function whiteSpaceEnd(start: usize, end: usize): usize {
  let at = start
  let last = start
  let char = charAt(at)
  while (((whiteSpace >>> (char & 15)) & 1) != 0) {
    last = at
    at += char >>> 4
    char = charAt(at)
  }
  return at < end && last > start ? last : at
}

/** `\s*[\r\n]+|\s+(?!\S)|\s+` */
export function lineBreakOrWhiteSpaceEnd(start: usize, end: usize): usize {
  let at = start
  let last = start
  let afterBreak: usize = 0
  let char = charAt(at)
  while (((whiteSpace >>> (char & 15)) & 1) != 0) {
    last = at
    at += char >>> 4
    if ((char & 15) == 7) afterBreak = at
    char = charAt(at)
  }
  if (afterBreak != 0) return afterBreak
  return at < end && last > start ? last : at
}

/** `(?i:'s|'t|'re|'ve|'m|'ll|'d)` after the apostrophe at `at`: its length with it, or 0. */
export function contractionLength(at: usize): usize {
  const first = <u32>load<u8>(at, 1)
  if (first == 0xc5) return load<u8>(at, 2) == 0xbf ? 3 : 0
  return asciiContractionLength(first | 0x20, <u32>load<u8>(at, 2) | 0x20)
}

/** Returns the length of a contraction in lower case only. */
export function lowerContractionLength(at: usize): usize {
  return asciiContractionLength(<u32>load<u8>(at, 1), <u32>load<u8>(at, 2))
}

// @ts-ignore: decorator
@inline
function asciiContractionLength(first: u32, second: u32): usize {
  let length: usize = 0
  if (first == 0x73 || first == 0x74 || first == 0x6d || first == 0x64) length = 2
  else if ((first == 0x72 || first == 0x76) && second == 0x65) length = 3
  else if (first == 0x6c && second == 0x6c) length = 3
  return length
}
