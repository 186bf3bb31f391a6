// The classes of 64 bytes at once: bit i of a mask is byte i. All bytes of a character have its class.
import {
  letters,
  lowerish,
  mark,
  numbers,
  upperish,
  whiteSpace,
  wideCharAt,
} from './runs'

// What classifyWide found.
export let wideLetters: u64 = 0
export let wideUpper: u64 = 0
export let wideCaseless: u64 = 0
export let wideNumbers: u64 = 0
export let wideWhiteSpace: u64 = 0
export let wideMarks: u64 = 0
/** Bytes that start no character. */
export let wideInvalid: u64 = 0
/** Bytes of a character after its first. */
export let wideInner: u64 = 0

/** Classify the characters of more than a byte; `wide` are their bytes. */
export function classifyWide(at: usize, wide: u64): void {
  wideLetters = 0
  wideUpper = 0
  wideCaseless = 0
  wideInner = 0
  const a = v128.load(at)
  const b = v128.load(at, 16)
  const c = v128.load(at, 32)
  const d = v128.load(at, 48)
  const cyrillic = rangeMask(a, b, c, d, 0xd0, 2)
  if (cyrillic != 0) wide &= ~classifyCyrillic(a, b, c, d, cyrillic)
  const asian = rangeMask(a, b, c, d, 0xe3, 7)
  if (asian != 0) wide &= ~classifyAsian(a, b, c, d, asian)
  classifyEach(at, wide)
}

/** U+0400 to U+045F, of which U+0430 is the first small letter. Returns the bytes of those that end in the block. */
function classifyCyrillic(a: v128, b: v128, c: v128, d: v128, leads: u64): u64 {
  const second = equalMask(a, b, c, d, 0xd1)
  const below = rangeMask(a, b, c, d, 0x80, 0x20)
  const capitals = leads & ~second & (rangeMask(a, b, c, d, 0x80, 0x30) >> 1)
  const smalls = (leads & ~second & (rangeMask(a, b, c, d, 0xb0, 0x10) >> 1)) | (second & (below >> 1))
  const found = capitals | smalls
  const bits = found | (found << 1)
  wideLetters |= bits
  wideUpper |= capitals | (capitals << 1)
  wideInner |= found << 1
  return bits
}

/**
 * Kana, ideographs and the two commonest marks between them: of those that end in the block, the bytes are returned.
 * E3 81 81 to E3 82 96 and E3 82 A1 to E3 83 BF but for the middle dot, and E4 80 80 to E9 BF BF but for E4 B7, are letters.
 */
function classifyAsian(a: v128, b: v128, c: v128, d: v128, leads: u64): u64 {
  const inner = rangeMask(a, b, c, d, 0x80, 0x40)
  const kana = equalMask(a, b, c, d, 0xe3)
  leads &= (inner >> 1) & (inner >> 2)
  let letters = leads & ~kana & ~(equalMask(a, b, c, d, 0xe4) & (equalMask(a, b, c, d, 0xb7) >> 1))
  let found = letters
  if (kana != 0) {
    const blocks = leads & kana
    const of80 = blocks & (equalMask(a, b, c, d, 0x80) >> 1)
    const of81 = blocks & (equalMask(a, b, c, d, 0x81) >> 1)
    const of82 = blocks & (equalMask(a, b, c, d, 0x82) >> 1)
    const of83 = blocks & (equalMask(a, b, c, d, 0x83) >> 1)
    letters |= of81 & ~(equalMask(a, b, c, d, 0x80) >> 2)
    letters |= of82 & ((rangeMask(a, b, c, d, 0x80, 0x17) | rangeMask(a, b, c, d, 0xa1, 0x1f)) >> 2)
    letters |= of83 & ~(equalMask(a, b, c, d, 0xbb) >> 2)
    found = letters | (of80 & (rangeMask(a, b, c, d, 0x81, 2) >> 2))
  }
  const letterBits = letters | (letters << 1) | (letters << 2)
  wideLetters |= letterBits
  wideCaseless |= letterBits
  const innerBits = (found << 1) | (found << 2)
  wideInner |= innerBits
  return found | innerBits
}

/** Add the characters of the bytes `wide`, one by one. */
// @ts-ignore: decorator
@inline
function classifyEach(at: usize, wide: u64): void {
  let letterBits: u64 = 0
  let upperBits: u64 = 0
  let caselessBits: u64 = 0
  let numberBits: u64 = 0
  let spaceBits: u64 = 0
  let markBits: u64 = 0
  let invalidBits: u64 = 0
  let innerBits: u64 = 0
  while (wide != 0) {
    const i = ctz(wide)
    const char = wideCharAt(at + <usize>i, <u32>load<u8>(at + <usize>i))
    const bits = (((<u64>1) << (char >>> 4)) - 1) << i
    const set: u32 = 1 << (char & 15)
    wide &= ~bits
    innerBits |= bits & (bits << 1)
    if ((set & letters) != 0) {
      letterBits |= bits
      if ((set & lowerish) == 0) upperBits |= bits
      else if ((set & upperish) != 0) caselessBits |= bits
    } else if (set != 1) {
      if ((set & numbers) != 0) numberBits |= bits
      else if ((set & whiteSpace) != 0) spaceBits |= bits
      else if (set == mark) markBits |= bits
      else invalidBits |= bits
    }
  }
  wideLetters |= letterBits
  wideUpper |= upperBits
  wideCaseless |= caselessBits
  wideNumbers = numberBits
  wideWhiteSpace = spaceBits
  wideMarks = markBits
  wideInvalid = invalidBits
  wideInner |= innerBits
}

// @ts-ignore: decorator
@inline
function join(a: v128, b: v128, c: v128, d: v128): u64 {
  const low = v128.bitmask<u8>(a) | (v128.bitmask<u8>(b) << 16)
  const high = v128.bitmask<u8>(c) | (v128.bitmask<u8>(d) << 16)
  return <u64>(<u32>low) | (<u64>(<u32>high) << 32)
}

/** The bytes that are not ASCII. */
// @ts-ignore: decorator
@inline
export function wideMask(a: v128, b: v128, c: v128, d: v128): u64 {
  return join(a, b, c, d)
}

// @ts-ignore: decorator
@inline
export function equalMask(a: v128, b: v128, c: v128, d: v128, byte: u8): u64 {
  const x = i8x16.splat(byte)
  return join(v128.eq<u8>(a, x), v128.eq<u8>(b, x), v128.eq<u8>(c, x), v128.eq<u8>(d, x))
}

/** The bytes in `[from, from + count)`. */
// @ts-ignore: decorator
@inline
export function rangeMask(a: v128, b: v128, c: v128, d: v128, from: u8, count: u8): u64 {
  const x = i8x16.splat(from)
  const n = i8x16.splat(count)
  return join(
    v128.lt<u8>(v128.sub<u8>(a, x), n),
    v128.lt<u8>(v128.sub<u8>(b, x), n),
    v128.lt<u8>(v128.sub<u8>(c, x), n),
    v128.lt<u8>(v128.sub<u8>(d, x), n),
  )
}

/** The ASCII letters. */
// @ts-ignore: decorator
@inline
export function letterMask(a: v128, b: v128, c: v128, d: v128): u64 {
  const x = i8x16.splat(0x20)
  return rangeMask(v128.or(a, x), v128.or(b, x), v128.or(c, x), v128.or(d, x), 0x61, 26)
}
