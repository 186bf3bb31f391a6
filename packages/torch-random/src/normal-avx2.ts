/**
 * The Box-Muller step of PyTorch's AVX2 kernel (`normal_fill_AVX2`, whose log and sincos are avx_mathfun.h),
 * one float32 operation per line, in the order of the compiled code.
 *
 * Where the code uses a fused multiply-add, `F(a * b + c)` stands: over all 2^24 possible inputs the double
 * rounding changes none of the results (checked exhaustively against the compiled kernel). Only the last step, scaling by
 * `std` and `mean`, needs a true one.
 */
import { fma32 } from './fma32.ts'

const F = Math.fround

const SQRT_HALF = F(0.70710678)
const P0 = F(7.0376836292e-2)
const P1 = F(-1.151461031e-1)
const P2 = F(1.167699874e-1)
const P3 = F(-1.2420140846e-1)
const P4 = F(1.4249322787e-1)
const P5 = F(-1.6668057665e-1)
const P6 = F(2.0000714765e-1)
const P7 = F(-2.4999993993e-1)
const P8 = F(3.3333331174e-1)
const Q1 = F(-2.1219444e-4)
const Q2 = F(0.693359375)
const TWO_PI = F(2 * Math.PI)
const FOUR_OVER_PI = F(1.27323954473516)
const DP1 = F(-0.78515625)
const DP2 = F(-2.4187564849853515625e-4)
const DP3 = F(-3.774894977445941e-8)
const C0 = F(2.443315711809948e-5)
const C1 = F(-1.388731625493765e-3)
const C2 = F(4.166664568298827e-2)
const S0 = F(-1.9515295891e-4)
const S1 = F(8.3321608736e-3)
const S2 = F(-1.6666654611e-1)

/** 2^-n, to take the mantissa of an integer of n bits. */
const NEGATIVE_POWER = Float64Array.from({ length: 26 }, (_, n) => 2 ** -n)

/**
 * Turns blocks of 16 uniform values (multiples of 2^-24 in [0, 1)) into normal ones, in place: element j of a
 * block is paired with element j + 8.
 *
 * @param end - `start` plus a multiple of 16.
 */
export function normalAvx2(data: Float32Array, start: number, end: number, std: number, mean: number): void {
  for (let block = start; block < end; block += 16) {
    for (let j = block; j < block + 8; j++) {
      // u1 = 1 - data[j] = m * 2^-24 with m in 1 .. 2^24, so its exponent and mantissa come from counting the bits of m.
      const m = 16777216 - data[j]! * 16777216
      const bits = 32 - Math.clz32(m)
      let e = bits - 24
      let x = m * NEGATIVE_POWER[bits]!
      if (x < SQRT_HALF) {
        e -= 1
        x = F(F(x - 1) + x)
      } else {
        x = F(x - 1)
      }
      let z = F(x * x)
      let y = F(P0 * x + P1)
      y = F(y * x + P2)
      y = F(y * x + P3)
      y = F(y * x + P4)
      y = F(y * x + P5)
      y = F(y * x + P6)
      y = F(y * x + P7)
      y = F(y * x + P8)
      y = F(y * x)
      y = F(y * z + F(e * Q1))
      y = F(y - z * 0.5)
      const log = F(e * Q2 + F(x + y))
      const radius = F(Math.sqrt(-2 * log))

      const t = F(TWO_PI * data[j + 8]!)
      const octant = (Math.trunc(F(t * FOUR_OVER_PI)) + 1) & ~1
      x = F(octant * DP1 + t)
      x = F(octant * DP2 + x)
      x = F(octant * DP3 + x)
      z = F(x * x)
      let c = F(C0 * z + C1)
      c = F(c * z + C2)
      c = F(c * z)
      c = F(c * z - F(z * 0.5))
      c = F(c + 1)
      let s = F(S0 * z + S1)
      s = F(s * z + S2)
      s = F(s * z)
      s = F(s * x + x)
      let cos = (octant & 2) === 0 ? c : s
      let sin = (octant & 2) === 0 ? s : c
      if ((octant & 4) !== 0) sin = -sin
      if ((~(octant - 2) & 4) !== 0) cos = -cos
      scale(data, j, F(radius * cos), F(radius * sin), std, mean)
    }
  }
}

/** The same kernel with each fused multiply-add of the logarithm and of sincos rounded twice, as without contraction. */
export function normalAvx2Unfused(
  data: Float32Array,
  start: number,
  end: number,
  std: number,
  mean: number,
): void {
  for (let block = start; block < end; block += 16) {
    for (let j = block; j < block + 8; j++) {
      const m = 16777216 - data[j]! * 16777216
      const bits = 32 - Math.clz32(m)
      let e = bits - 24
      let x = m * NEGATIVE_POWER[bits]!
      if (x < SQRT_HALF) {
        e -= 1
        x = F(F(x - 1) + x)
      } else {
        x = F(x - 1)
      }
      let z = F(x * x)
      let y = F(F(P0 * x) + P1)
      y = F(F(y * x) + P2)
      y = F(F(y * x) + P3)
      y = F(F(y * x) + P4)
      y = F(F(y * x) + P5)
      y = F(F(y * x) + P6)
      y = F(F(y * x) + P7)
      y = F(F(y * x) + P8)
      y = F(y * x)
      y = F(F(y * z) + F(e * Q1))
      y = F(y - F(z * 0.5))
      const log = F(F(e * Q2) + F(x + y))
      const radius = F(Math.sqrt(-2 * log))

      const t = F(TWO_PI * data[j + 8]!)
      const octant = (Math.trunc(F(t * FOUR_OVER_PI)) + 1) & ~1
      x = F(F(octant * DP1) + t)
      x = F(F(octant * DP2) + x)
      x = F(F(octant * DP3) + x)
      z = F(x * x)
      let c = F(F(C0 * z) + C1)
      c = F(F(c * z) + C2)
      c = F(c * z)
      c = F(F(c * z) - F(z * 0.5))
      c = F(c + 1)
      let s = F(F(S0 * z) + S1)
      s = F(F(s * z) + S2)
      s = F(s * z)
      s = F(F(s * x) + x)
      let cos = (octant & 2) === 0 ? c : s
      let sin = (octant & 2) === 0 ? s : c
      if ((octant & 4) !== 0) sin = -sin
      if ((~(octant - 2) & 4) !== 0) cos = -cos
      scale(data, j, F(radius * cos), F(radius * sin), std, mean)
    }
  }
}

function scale(data: Float32Array, j: number, cos: number, sin: number, std: number, mean: number): void {
  if (mean === 0) {
    // A product of two float32 is exact in double; adding 0 turns -0 into +0, as the fused step does.
    data[j] = cos * std + 0
    data[j + 8] = sin * std + 0
  } else {
    data[j] = fma32(cos, std, mean)
    data[j + 8] = fma32(sin, std, mean)
  }
}
