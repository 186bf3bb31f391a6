import { CharClass } from '../unicode/classes.ts'
import { charAt } from './char-at.ts'

const { upper, lower, caseless, mark, number, space, newline, other } = CharClass

/** Sets of classes as bit masks: `(set >> class) & 1`. */
export const letters: number = (1 << upper) | (1 << lower) | (1 << caseless)
export const whiteSpace: number = (1 << space) | (1 << newline)
/** What patterns write as [^\s\p{L}\p{N}]: marks are in it. */
export const punctuation: number = (1 << other) | (1 << mark)
export const numbers: number = 1 << number
export const newlines: number = 1 << newline
/** [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and [\p{Ll}\p{Lm}\p{Lo}\p{M}] of o200k, and what both hold. */
export const upperish: number = (1 << upper) | (1 << caseless) | (1 << mark)
export const lowerish: number = (1 << lower) | (1 << caseless) | (1 << mark)

/** The end of the run of characters whose class is in `set`, from `at` on. */
export function runEnd(bytes: Uint8Array, at: number, end: number, set: number): number {
  while (at < end) {
    const char = charAt(bytes, at, end)
    if (((set >> (char & 15)) & 1) === 0) break
    at += char >> 4
  }
  return at
}

/** The end of a run of at most `limit` numbers. */
export function numberRunEnd(bytes: Uint8Array, at: number, end: number, limit: number): number {
  for (let count = 0; count < limit && at < end; count++) {
    const char = charAt(bytes, at, end)
    if ((char & 15) !== number) break
    at += char >> 4
  }
  return at
}

/** `\s+(?!\S)|\s+`: the run of white space at `start`, less its last character when something follows. */
export function whiteSpaceEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let last = start
  while (at < end) {
    const char = charAt(bytes, at, end)
    if (((whiteSpace >> (char & 15)) & 1) === 0) return last > start ? last : at
    last = at
    at += char >> 4
  }
  return at
}

/** `\s*[\r\n]+|\s+(?!\S)|\s+`: to the last line break of the run when there is one. */
export function lineBreakOrWhiteSpaceEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let last = start
  let afterBreak = -1
  while (at < end) {
    const char = charAt(bytes, at, end)
    const charClass = char & 15
    if (((whiteSpace >> charClass) & 1) === 0) break
    last = at
    at += char >> 4
    if (charClass === newline) afterBreak = at
  }
  if (afterBreak >= 0) return afterBreak
  return at < end && last > start ? last : at
}

/** `(?i:'s|'t|'re|'ve|'m|'ll|'d)` at `at`: its length in bytes, or 0. U+017F folds to s. */
export function contractionLength(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end || bytes[at] !== 0x27) return 0
  const first = bytes[at + 1]!
  if (first === 0xc5) return at + 2 < end && bytes[at + 2] === 0xbf ? 3 : 0
  return asciiContractionLength(first | 0x20, at + 2 < end ? bytes[at + 2]! | 0x20 : 0)
}

/** `'s|'t|'re|'ve|'m|'ll|'d`, lower case only. */
export function lowerContractionLength(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end || bytes[at] !== 0x27) return 0
  const first = bytes[at + 1]!
  return asciiContractionLength(first, at + 2 < end ? bytes[at + 2]! : 0)
}

function asciiContractionLength(first: number, second: number): number {
  switch (first) {
    case 0x73: // s
    case 0x74: // t
    case 0x6d: // m
    case 0x64: // d
      return 2
    case 0x72: // re
    case 0x76: // ve
      return second === 0x65 ? 3 : 0
    case 0x6c: // ll
      return second === 0x6c ? 3 : 0
  }
  return 0
}
