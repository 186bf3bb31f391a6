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
  wideLetters = letterBits
  wideUpper = upperBits
  wideCaseless = caselessBits
  wideNumbers = numberBits
  wideWhiteSpace = spaceBits
  wideMarks = markBits
  wideInvalid = invalidBits
  wideInner = innerBits
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
