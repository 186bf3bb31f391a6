const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/**
 * Rounds float32 to IEEE 754 binary16 bits, to nearest, ties to even: what `tensor.half()` and `Math.f16round` do.
 * NaN becomes the quiet NaN of its sign.
 */
export function toFloat16Bits(source: Float32Array, target: Uint16Array): void {
  for (let index = 0; index < source.length; index++) target[index] = float16Bits(source[index]!)
}

/**
 * Rounds float32 to bfloat16 bits, to nearest, ties to even: what `tensor.bfloat16()` does. NaN becomes 0x7fc0.
 */
export function toBfloat16Bits(source: Float32Array, target: Uint16Array): void {
  const words = new Uint32Array(source.buffer, source.byteOffset, source.length)
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    const isNaN = (word & 0x7fffffff) > 0x7f800000
    // Adding half a unit, less one where the kept part is even, carries exactly when rounding goes up.
    target[index] = isNaN ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
}

function float16Bits(value: number): number {
  float[0] = value
  const word = bits[0]!
  const sign = (word >>> 16) & 0x8000
  const magnitude = word & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  // 65520 is half way between the largest finite value and the next power of two.
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13)
  }
  // Below 2^-14 the result is a multiple of 2^-24: adding 0.5 in float32 rounds to just that.
  float[0] = Math.abs(value) + 0.5
  return sign | (bits[0]! - 0x3f000000)
}
