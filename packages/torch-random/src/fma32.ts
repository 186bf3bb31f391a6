const pair = new Float64Array(1)
const words = new Int32Array(pair.buffer)

/**
 * `a * b + c` of three float32 values, rounded once to float32, as the hardware's fused multiply-add does.
 *
 * The product is exact in double. The sum is rounded to odd in double (Boldo and Melquiond, 2008), after which
 * the rounding to float32 is the only one that counts; `Math.fround(a * b + c)` rounds twice and is wrong for some inputs.
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b
  let sum = product + c
  const rest = sum - product
  const error = product - (sum - rest) + (c - rest)
  if (error !== 0 && Number.isFinite(sum)) {
    pair[0] = sum
    const low = words[0]!
    if ((low & 1) === 0) {
      // One step of the double towards the error: up in magnitude when both have the same sign.
      if (error > 0 === sum > 0) words[0] = low | 1
      else {
        words[0] = low - 1
        if (low === 0) words[1] = words[1]! - 1
      }
      sum = pair[0]
    }
  }
  return Math.fround(sum)
}
