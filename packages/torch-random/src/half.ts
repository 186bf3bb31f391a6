/**
 * Half formats as their bits, rounded to nearest even from float32 as PyTorch and the hardware do. Arrays of both
 * lengths must agree; a `Uint16Array` holds the bits.
 */

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

/** Float32 to IEEE float16 bits. Beyond 65519.99 becomes infinity. */
export function encodeFloat16(source: Float32Array, target: Uint16Array): void {
  const bits = bitsOf(source)
  for (let i = 0; i < bits.length; i++) target[i] = float16Bits(bits[i]!)
}

function float16Bits(word: number): number {
  const sign = (word >>> 16) & 0x8000
  const magnitude = word & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13)
  }
  // Below half of the smallest subnormal, 2^-24, everything is zero (the tie too).
  if (magnitude <= 0x33000000) return sign
  const mantissa = (magnitude & 0x7fffff) | 0x800000
  const shift = 126 - (magnitude >>> 23)
  const kept = mantissa >>> shift
  const rest = mantissa & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0))
}

/** IEEE float16 bits to float32; exact. */
export function decodeFloat16(source: Uint16Array, target: Float32Array): void {
  for (let i = 0; i < source.length; i++) {
    const half = source[i]!
    const exponent = (half >>> 10) & 31
    const fraction = half & 0x3ff
    let value = 2 ** (exponent - 25) * (1024 + fraction)
    if (exponent === 0) value = 2 ** -24 * fraction
    else if (exponent === 31) value = fraction === 0 ? Infinity : Number.NaN
    target[i] = (half & 0x8000) === 0 ? value : -value
  }
}

/** Float32 to bfloat16 bits. */
export function encodeBfloat16(source: Float32Array, target: Uint16Array): void {
  const bits = bitsOf(source)
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!
    target[i] = (word & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
}

/** Bfloat16 bits to float32; exact. */
export function decodeBfloat16(source: Uint16Array, target: Float32Array): void {
  const bits = bitsOf(target)
  for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16
}
