// Where pieces start in 64 bytes, by arithmetic on masks of classes; the patterns are in src/pretokenize.
//
// A piece starts at bit 0, and what comes before it does not matter. The other bits of the result are the starts that
// are certain from these 64 bytes. When there are none, the piece at bit 0 is to be scanned by itself.
import {
  classifyWide,
  equalMask,
  letterMask,
  rangeMask,
  wideCaseless,
  wideInner,
  wideInvalid,
  wideLetters,
  wideMarks,
  wideMask,
  wideNumbers,
  wideUpper,
  wideWhiteSpace,
} from './block'
import { contractionLength, lowerContractionLength } from './runs'
import { contractions, digits } from './state'

/** The first character of each run. */
// @ts-ignore: decorator
@inline
function firsts(run: u64): u64 {
  return run & ~(run << 1)
}

/** What is certain: nothing from the first doubt on, and nothing in white space whose end is not seen. */
// @ts-ignore: decorator
@inline
function certain(starts: u64, white: u64, doubts: u64): u64 {
  const others = ~white
  const seen = others == 0 ? 0 : (<u64>-1) >>> clz(others)
  const before = (doubts & (~doubts + 1)) - 1
  return (starts & seen & before) | 1
}

/** A bit, or none when it is beyond the 64. */
// @ts-ignore: decorator
@inline
function bitAt(i: u64): u64 {
  return i < 64 ? (<u64>1) << i : 0
}

/** The bits in `[from, to)`, `from` below 64. */
// @ts-ignore: decorator
@inline
function bitsBetween(from: u64, to: u64): u64 {
  return (bitAt(to) - 1) & ~(((<u64>1) << from) - 1)
}

export function startsGpt2(at: usize): u64 {
  const a = v128.load(at)
  const b = v128.load(at, 16)
  const c = v128.load(at, 32)
  const d = v128.load(at, 48)
  let letter = letterMask(a, b, c, d)
  let number = rangeMask(a, b, c, d, 0x30, 10)
  const space = equalMask(a, b, c, d, 0x20)
  let white = space | rangeMask(a, b, c, d, 0x09, 5)
  let doubts: u64 = 0
  const wide = wideMask(a, b, c, d)
  if (wide != 0) {
    classifyWide(at, wide)
    letter |= wideLetters
    number |= wideNumbers
    white |= wideWhiteSpace
    doubts = wideWhiteSpace | wideInvalid
  }
  const other = ~(letter | number | white)
  let starts =
    ((firsts(letter) | firsts(number) | firsts(other)) & ~(space << 1)) | firsts(white) | (white & ~(white >>> 1))
  let quotes = equalMask(a, b, c, d, 0x27) & (starts | 1)
  while (quotes != 0) {
    const i = ctz(quotes)
    quotes &= quotes - 1
    const length = <u64>lowerContractionLength(at + <usize>i)
    if (length != 0) starts = (starts & ~bitAt(i + 1)) | bitAt(i + length)
  }
  return certain(starts, white, doubts)
}

/** Starts of pieces of at most `digits` numbers, for runs of ASCII numbers. */
// @ts-ignore: decorator
@inline
function numberStarts(number: u64): u64 {
  let starts = number
  if (digits != 1) {
    starts = firsts(number)
    const fourth = number & (number << 1) & (number << 2) & (number << 3)
    let next = (starts << 3) & fourth
    while (next != 0) {
      starts |= next
      next = (next << 3) & fourth
    }
  }
  return starts
}

/** Starts in white space, for cl100k and o200k; `attached` are the line breaks that belong to punctuation before them. */
// @ts-ignore: decorator
@inline
function whiteStarts(white: u64, newline: u64, attached: u64): u64 {
  const blank = white & ~newline
  const free = white & ~attached
  const first = firsts(free)
  // After the last line break of a run what is left is a run of its own: not so where another line break follows.
  let after = blank & (newline << 1) & ~first
  let broken = (after + blank) & ~blank & newline
  while (broken != 0) {
    const below = after & ((broken & (~broken + 1)) - 1)
    after &= ~((<u64>1) << (63 - clz(below)))
    broken &= broken - 1
  }
  return first | after | (blank & ~(white >>> 1))
}

/** The line breaks that directly follow `other`. */
// @ts-ignore: decorator
@inline
function attachedBreaks(other: u64, newline: u64): u64 {
  return (((newline & (other << 1)) + newline) ^ newline) & newline
}

/** All bytes of the characters whose first bytes are `starts`. */
// @ts-ignore: decorator
@inline
function wholeChars(starts: u64, inner: u64): u64 {
  starts |= (starts << 1) & inner
  starts |= (starts << 1) & inner
  return starts | ((starts << 1) & inner)
}

export function startsCl100k(at: usize): u64 {
  const a = v128.load(at)
  const b = v128.load(at, 16)
  const c = v128.load(at, 32)
  const d = v128.load(at, 48)
  let letter = letterMask(a, b, c, d)
  const number = rangeMask(a, b, c, d, 0x30, 10)
  const space = equalMask(a, b, c, d, 0x20)
  const newline = equalMask(a, b, c, d, 0x0a) | equalMask(a, b, c, d, 0x0d)
  let white = space | rangeMask(a, b, c, d, 0x09, 5)
  let doubts: u64 = 0
  let inner: u64 = 0
  const wide = wideMask(a, b, c, d)
  if (wide != 0) {
    classifyWide(at, wide)
    letter |= wideLetters
    white |= wideWhiteSpace
    inner = wideInner
    doubts = wideWhiteSpace | wideInvalid | wideNumbers
  }
  const other = ~(letter | number | white)
  const otherStarts = firsts(other) & ~(space << 1)
  const prefixes = (white & ~newline) | wholeChars(otherStarts, inner)
  let starts =
    (firsts(letter) & ~(prefixes << 1)) |
    numberStarts(number) |
    otherStarts |
    whiteStarts(white, newline, attachedBreaks(other, newline))
  let quotes = equalMask(a, b, c, d, 0x27) & otherStarts
  while (quotes != 0) {
    const i = ctz(quotes)
    quotes &= quotes - 1
    const length = <u64>contractionLength(at + <usize>i)
    if (length != 0) starts = (starts & ~bitsBetween(i, i + length)) | ((<u64>1) << i) | bitAt(i + length)
  }
  return certain(starts, white, doubts)
}

export function startsO200k(at: usize): u64 {
  const a = v128.load(at)
  const b = v128.load(at, 16)
  const c = v128.load(at, 32)
  const d = v128.load(at, 48)
  let letter = letterMask(a, b, c, d)
  let upper = rangeMask(a, b, c, d, 0x41, 26)
  const number = rangeMask(a, b, c, d, 0x30, 10)
  const space = equalMask(a, b, c, d, 0x20)
  const newline = equalMask(a, b, c, d, 0x0a) | equalMask(a, b, c, d, 0x0d)
  let white = space | rangeMask(a, b, c, d, 0x09, 5)
  let caseless: u64 = 0
  let inner: u64 = 0
  // A tail of punctuation goes on after line breaks with slashes.
  let doubts = equalMask(a, b, c, d, 0x2f) & (newline << 1)
  const wide = wideMask(a, b, c, d)
  if (wide != 0) {
    classifyWide(at, wide)
    letter |= wideLetters
    upper |= wideUpper
    white |= wideWhiteSpace
    caseless = wideCaseless
    inner = wideInner
    // After a letter without case, capitals are a word of their own or not, as what follows them says.
    doubts |= wideWhiteSpace | wideInvalid | wideNumbers | wideMarks | (upper & (caseless << 1))
  }
  const other = ~(letter | number | white)
  const otherStarts = firsts(other) & ~(space << 1)
  const prefixes = (white & ~newline) | wholeChars(otherStarts, inner)
  let starts =
    (firsts(letter) & ~(prefixes << 1)) |
    (upper & ((letter & ~upper) << 1)) |
    numberStarts(number) |
    otherStarts |
    whiteStarts(white, newline, attachedBreaks(other, newline))
  let quotes = equalMask(a, b, c, d, 0x27) & (letter << 1)
  if (contractions == 0) quotes = 0
  let wordStart: u64 = 0
  while (quotes != 0) {
    const i = ctz(quotes)
    quotes &= quotes - 1
    // What follows a contraction is a new word, even when it looks like another contraction.
    if (i == wordStart) continue
    const length = <u64>contractionLength(at + <usize>i)
    if (length == 0) continue
    wordStart = i + length
    starts = (starts & ~bitsBetween(i, wordStart)) | bitAt(wordStart)
  }
  return certain(starts, white, doubts)
}
