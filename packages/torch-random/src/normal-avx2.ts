/**
 * The Box-Muller step of PyTorch's AVX2 kernel (`normal_fill_AVX2`, whose log and sincos are avx_mathfun.h),
 * one float32 operation per line, in the order of the compiled code.
 *
 * Where the code uses a fused multiply-add, `f(a * b + c)` stands: over all 2^24 possible inputs the double
 * rounding changes none of the results (checked exhaustively against the compiled kernel). Only the last step, scaling by
 * `std` and `mean`, needs a true one.
 */
import { fma32 } from './fma32.ts'

const f = Math.fround

const sqrtHalf = f(0.70710678)
const p0 = f(7.0376836292e-2)
const p1 = f(-1.151461031e-1)
const p2 = f(1.167699874e-1)
const p3 = f(-1.2420140846e-1)
const p4 = f(1.4249322787e-1)
const p5 = f(-1.6668057665e-1)
const p6 = f(2.0000714765e-1)
const p7 = f(-2.4999993993e-1)
const p8 = f(3.3333331174e-1)
const q1 = f(-2.1219444e-4)
const q2 = f(0.693359375)
const twoPi = f(2 * Math.PI)
const fourOverPi = f(1.27323954473516)
const dp1 = f(-0.78515625)
const dp2 = f(-2.4187564849853515625e-4)
const dp3 = f(-3.774894977445941e-8)
const c0 = f(2.443315711809948e-5)
const c1 = f(-1.388731625493765e-3)
const c2 = f(4.166664568298827e-2)
const s0 = f(-1.9515295891e-4)
const s1 = f(8.3321608736e-3)
const s2 = f(-1.6666654611e-1)

/** 2^-n, to take the mantissa of an integer of n bits. */
const negativePower = Float64Array.from({ length: 26 }, (_, n) => 2 ** -n)

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
      let x = m * negativePower[bits]!
      if (x < sqrtHalf) {
        e--
        x = f(f(x - 1) + x)
      } else {
        x = f(x - 1)
      }
      let z = f(x * x)
      let y = f(p0 * x + p1)
      y = f(y * x + p2)
      y = f(y * x + p3)
      y = f(y * x + p4)
      y = f(y * x + p5)
      y = f(y * x + p6)
      y = f(y * x + p7)
      y = f(y * x + p8)
      y = f(y * x)
      y = f(y * z + f(e * q1))
      y = f(y - z * 0.5)
      const log = f(e * q2 + f(x + y))
      const radius = f(Math.sqrt(-2 * log))

      const t = f(twoPi * data[j + 8]!)
      const octant = (Math.trunc(f(t * fourOverPi)) + 1) & ~1
      x = f(octant * dp1 + t)
      x = f(octant * dp2 + x)
      x = f(octant * dp3 + x)
      z = f(x * x)
      let c = f(c0 * z + c1)
      c = f(c * z + c2)
      c = f(c * z)
      c = f(c * z - f(z * 0.5))
      c = f(c + 1)
      let s = f(s0 * z + s1)
      s = f(s * z + s2)
      s = f(s * z)
      s = f(s * x + x)
      let cos = (octant & 2) === 0 ? c : s
      let sin = (octant & 2) === 0 ? s : c
      if ((octant & 4) !== 0) sin = -sin
      if ((~(octant - 2) & 4) !== 0) cos = -cos
      data[j] = scaled(f(radius * cos), std, mean)
      data[j + 8] = scaled(f(radius * sin), std, mean)
    }
  }
}

function scaled(value: number, std: number, mean: number): number {
  // A product of two float32 is exact in double; adding 0 turns -0 into +0, as the fused step does.
  return mean === 0 ? value * std + 0 : fma32(value, std, mean)
}
