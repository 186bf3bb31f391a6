/**
 * log1p, sin, cos and pow in double after fdlibm (Copyright (C) 1993 by Sun Microsystems, freely distributable), error
 * below 1 ulp. An engine's own `Math` may answer another last bit from version to version; these cannot.
 */
const pair = new Float64Array(1)
const words = new Int32Array(pair.buffer)

const ln2High = 6.9314718036912381649e-1
const ln2Low = 1.90821492927058770002e-10
const lp1 = 6.66666666666673513e-1
const lp2 = 3.999999999940941908e-1
const lp3 = 2.857142874366239149e-1
const lp4 = 2.222219843214978396e-1
const lp5 = 1.818357216161805012e-1
const lp6 = 1.531383769920937332e-1
const lp7 = 1.479819860511658591e-1

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
      k++
      words[1] = highWord | 0x3fe00000
      highWord = (0x100000 - highWord) >> 2
    }
    f = pair[0] - 1
  }
  const half = 0.5 * f * f
  if (highWord === 0) {
    if (f === 0) return k === 0 ? 0 : k * ln2High + (c + k * ln2Low)
    const r = half * (1 - 0.6666666666666666 * f)
    return k === 0 ? f - r : k * ln2High - (r - (k * ln2Low + c) - f)
  }
  const s = f / (2 + f)
  const z = s * s
  const r = z * (lp1 + z * (lp2 + z * (lp3 + z * (lp4 + z * (lp5 + z * (lp6 + z * lp7))))))
  if (k === 0) return f - (half - s * (half + r))
  return k * ln2High - (half - (s * (half + r) + (k * ln2Low + c)) - f)
}

const s1 = -1.66666666666666324348e-1
const s2 = 8.33333333332248946124e-3
const s3 = -1.98412698298579493134e-4
const s4 = 2.75573137070700676789e-6
const s5 = -2.50507602534068634195e-8
const s6 = 1.58969099521155010221e-10

/** sin(x + y) for |x| <= pi/4, y the tail of x. */
function kernelSin(x: number, y: number): number {
  const z = x * x
  const v = z * x
  const r = s2 + z * (s3 + z * (s4 + z * (s5 + z * s6)))
  return x - (z * (0.5 * y - v * r) - y - v * s1)
}

const c1 = 4.16666666666666019037e-2
const c2 = -1.38888888888741095749e-3
const c3 = 2.48015872894767294178e-5
const c4 = -2.75573143513906633035e-7
const c5 = 2.0875723212981748279e-9
const c6 = -1.13596475577881948265e-11

/** cos(x + y) for |x| <= pi/4, y the tail of x. */
function kernelCos(x: number, y: number): number {
  const z = x * x
  const r = z * (c1 + z * (c2 + z * (c3 + z * (c4 + z * (c5 + z * c6)))))
  const half = 0.5 * z
  const w = 1 - half
  return w + (1 - w - half + (z * r - x * y))
}

// pi/2 in parts of 33 bits, each with the rest that follows it: a count of quadrants below 2^20 times a part is exact.
const pi21 = 1.57079632673412561417
const pi21Rest = 6.0771005065061922e-11
const pi22 = 6.077100506303966e-11
const pi22Rest = 2.0222662487959506e-21
const pi23 = 2.0222662487111665e-21
const pi23Rest = 8.4784276603688996e-32

/** The largest angle that {@link sin} and {@link cos} take: 2^19 quarter turns. */
export const largestAngle = (2 ** 19 * Math.PI) / 2

/** An angle as a multiple of pi/2 and a remainder with its tail. */
function reduce(x: number): { quadrant: number; high: number; low: number } {
  const quadrant = Math.floor(x * (2 / Math.PI) + 0.5)
  let r = x - quadrant * pi21
  let w = quadrant * pi21Rest
  let high = r - w
  // Next to a multiple of pi/2 the leading part cancels, and the following ones count.
  if (Math.abs(high) < Math.abs(x) * 2 ** -16) {
    let t = r
    w = quadrant * pi22
    r = t - w
    w = quadrant * pi22Rest - (t - r - w)
    high = r - w
    if (Math.abs(high) < Math.abs(x) * 2 ** -49) {
      t = r
      w = quadrant * pi23
      r = t - w
      w = quadrant * pi23Rest - (t - r - w)
      high = r - w
    }
  }
  return { quadrant: quadrant & 3, high, low: r - high - w }
}

/** sin(x) for |x| up to {@link largestAngle}. */
export function sin(x: number): number {
  const { quadrant, high, low } = reduce(x)
  const value = (quadrant & 1) === 0 ? kernelSin(high, low) : kernelCos(high, low)
  return quadrant >= 2 ? -value : value
}

/** cos(x) for |x| up to {@link largestAngle}. */
export function cos(x: number): number {
  const { quadrant, high, low } = reduce(x)
  const value = (quadrant & 1) === 0 ? kernelCos(high, low) : kernelSin(high, low)
  return quadrant === 1 || quadrant === 2 ? -value : value
}
