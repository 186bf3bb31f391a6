/**
 * log1p, sin, cos and pow in double after fdlibm (Copyright (C) 1993 by Sun Microsystems, freely distributable), error
 * below 1 ulp. An engine's own `Math` may answer another last bit from version to version; these cannot.
 */
const pair = new Float64Array(1)
const words = new Int32Array(pair.buffer)

const LN2_HIGH = 6.9314718036912381649e-1
const LN2_LOW = 1.90821492927058770002e-10
const LP1 = 6.66666666666673513e-1
const LP2 = 3.999999999940941908e-1
const LP3 = 2.857142874366239149e-1
const LP4 = 2.222219843214978396e-1
const LP5 = 1.818357216161805012e-1
const LP6 = 1.531383769920937332e-1
const LP7 = 1.479819860511658591e-1

/** log(1 + x) for x in (-1, 1). */
export function log1p(x: number): number {
  let k = 1
  let f = 0
  let highWord = 1
  let c = 0
  if (x < 0.41422 && x > -0.2929) {
    if (Math.abs(x) < 2 ** -29) return Math.abs(x) < 2 ** -54 ? x : x - x * x * 0.5
    k = 0
    f = x
  }
  if (k !== 0) {
    const u = 1 + x
    pair[0] = u
    highWord = words[1]!
    k = (highWord >> 20) - 1023
    c = (k > 0 ? 1 - (u - x) : x - (u - 1)) / u
    highWord &= 0xfffff
    if (highWord < 0x6a09e) {
      words[1] = highWord | 0x3ff00000
    } else {
      k += 1
      words[1] = highWord | 0x3fe00000
      highWord = (0x100000 - highWord) >> 2
    }
    f = pair[0] - 1
  }
  const half = 0.5 * f * f
  if (highWord === 0) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HIGH + (c + k * LN2_LOW)
    const r = half * (1 - 0.6666666666666666 * f)
    return k === 0 ? f - r : k * LN2_HIGH - (r - (k * LN2_LOW + c) - f)
  }
  const s = f / (2 + f)
  const z = s * s
  const r = z * (LP1 + z * (LP2 + z * (LP3 + z * (LP4 + z * (LP5 + z * (LP6 + z * LP7))))))
  if (k === 0) return f - (half - s * (half + r))
  return k * LN2_HIGH - (half - (s * (half + r) + (k * LN2_LOW + c)) - f)
}

const S1 = -1.66666666666666324348e-1
const S2 = 8.33333333332248946124e-3
const S3 = -1.98412698298579493134e-4
const S4 = 2.75573137070700676789e-6
const S5 = -2.50507602534068634195e-8
const S6 = 1.58969099521155010221e-10

/** sin(x + y) for |x| <= pi/4, y the tail of x. */
function kernelSin(x: number, y: number): number {
  const z = x * x
  const v = z * x
  const r = S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))
  return x - (z * (0.5 * y - v * r) - y - v * S1)
}

const C1 = 4.16666666666666019037e-2
const C2 = -1.38888888888741095749e-3
const C3 = 2.48015872894767294178e-5
const C4 = -2.75573143513906633035e-7
const C5 = 2.0875723212981748279e-9
const C6 = -1.13596475577881948265e-11

/** cos(x + y) for |x| <= pi/4, y the tail of x. */
function kernelCos(x: number, y: number): number {
  const z = x * x
  const r = z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))))
  const half = 0.5 * z
  const w = 1 - half
  return w + (1 - w - half + (z * r - x * y))
}

// pi/2 in parts of 33 bits, each with the rest that follows it: a count of quadrants below 2^20 times a part is exact.
const PI2_1 = 1.57079632673412561417
const PI2_1_REST = 6.0771005065061922e-11
const PI2_2 = 6.077100506303966e-11
const PI2_2_REST = 2.0222662487959506e-21
const PI2_3 = 2.0222662487111665e-21
const PI2_3_REST = 8.4784276603688996e-32

/** The largest angle that {@link sin} and {@link cos} take: 2^19 quarter turns. */
export const LARGEST_ANGLE = (2 ** 19 * Math.PI) / 2

/** An angle as a multiple of pi/2 and a remainder with its tail. */
function reduce(x: number): { quadrant: number; high: number; low: number } {
  const quadrant = Math.floor(x * (2 / Math.PI) + 0.5)
  let r = x - quadrant * PI2_1
  let w = quadrant * PI2_1_REST
  let high = r - w
  // Next to a multiple of pi/2 the leading part cancels, and the following ones count.
  if (Math.abs(high) < Math.abs(x) * 2 ** -16) {
    let t = r
    w = quadrant * PI2_2
    r = t - w
    w = quadrant * PI2_2_REST - (t - r - w)
    high = r - w
    if (Math.abs(high) < Math.abs(x) * 2 ** -49) {
      t = r
      w = quadrant * PI2_3
      r = t - w
      w = quadrant * PI2_3_REST - (t - r - w)
      high = r - w
    }
  }
  return { quadrant: quadrant & 3, high, low: r - high - w }
}

/** sin(x) for |x| up to {@link LARGEST_ANGLE}. */
export function sin(x: number): number {
  const { quadrant, high, low } = reduce(x)
  const value = (quadrant & 1) === 0 ? kernelSin(high, low) : kernelCos(high, low)
  return quadrant >= 2 ? -value : value
}

/** cos(x) for |x| up to {@link LARGEST_ANGLE}. */
export function cos(x: number): number {
  const { quadrant, high, low } = reduce(x)
  const value = (quadrant & 1) === 0 ? kernelCos(high, low) : kernelSin(high, low)
  return quadrant === 1 || quadrant === 2 ? -value : value
}
