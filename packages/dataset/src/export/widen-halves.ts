/** Gives 16-bit floats as float32, which holds each of their values. */
export function widenHalves(bits: Uint16Array, dtype: 'f16' | 'bf16'): Float32Array {
  const values = new Float32Array(bits.length)
  if (dtype === 'bf16') {
    const words = new Uint32Array(values.buffer)
    for (let index = 0; index < bits.length; index++) words[index] = bits[index]! << 16
    return values
  }
  for (let index = 0; index < bits.length; index++) values[index] = valueOfHalf(bits[index]!)
  return values
}

/** The value of IEEE 754 binary16 bits: 1 bit of sign, 5 of exponent with bias 15, 10 of fraction. */
function valueOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
