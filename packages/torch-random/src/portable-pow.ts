/** pow in double after fdlibm (`e_pow.c`, Copyright (C) 2004 by Sun Microsystems, freely distributable), error below 0.7 ulp. */
const pair = new Float64Array(1)
const words = new Int32Array(pair.buffer)

function high(x: number): number {
  pair[0] = x
  return words[1]!
}

function withHigh(x: number, word: number): number {
  pair[0] = x
  words[1] = word
  return pair[0]
}

/** x without the lower half of its mantissa. */
function upper(x: number): number {
  pair[0] = x
  words[0] = 0
  return pair[0]
}

const l1 = 5.99999999999994648725e-1
const l2 = 4.28571428578550184252e-1
const l3 = 3.33333329818377432918e-1
const l4 = 2.72728123808534006489e-1
const l5 = 2.30660745775561754067e-1
const l6 = 2.06975017800338417784e-1
const p1 = 1.66666666666666019037e-1
const p2 = -2.77777777770155933842e-3
const p3 = 6.61375632143793436117e-5
const p4 = -1.6533902205465251539e-6
const p5 = 4.13813679705723846039e-8
const ln2 = 6.93147180559945286227e-1
const ln2High = 6.93147182464599609375e-1
const ln2Low = -1.90465429995776804525e-9
// 2 / (3 ln 2), whole and in two parts; and log2(1.5) in two parts.
const cp = 9.61796693925975554329e-1
const cpHigh = 9.61796700954437255859e-1
const cpLow = -7.02846165095275826516e-9
const log215High = 5.84962487220764160156e-1
const log215Low = 1.35003920212974897128e-8

/** base^exponent for a normal positive base and a result within the normal range. */
export function pow(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1
  const [t1, t2] = log2(base)
  const y1 = upper(exponent)
  const low = (exponent - y1) * t1 + exponent * t2
  return exp2(y1 * t1, low)
}

/** log2(x) as a sum of two doubles, the first with half a mantissa. */
function log2(x: number): [number, number] {
  let word = high(x)
  let n = (word >> 20) - 0x3ff
  const j = word & 0xfffff
  word = j | 0x3ff00000
  let k = 0
  if (j > 0x3988e) {
    if (j < 0xbb67a) k = 1
    else {
      n++
      word -= 0x100000
    }
  }
  const center = k === 0 ? 1 : 1.5
  const ax = withHigh(x, word)
  let u = ax - center
  let v = 1 / (ax + center)
  const ss = u * v
  const sHigh = upper(ss)
  let tHigh = withHigh(0, ((word >> 1) | 0x20000000) + 0x80000 + (k << 18))
  let tLow = ax - (tHigh - center)
  const sLow = v * (u - sHigh * tHigh - sHigh * tLow)
  let s2 = ss * ss
  let r = s2 * s2 * (l1 + s2 * (l2 + s2 * (l3 + s2 * (l4 + s2 * (l5 + s2 * l6)))))
  r += sLow * (sHigh + ss)
  s2 = sHigh * sHigh
  tHigh = upper(3 + s2 + r)
  tLow = r - (tHigh - 3 - s2)
  u = sHigh * tHigh
  v = sLow * tHigh + tLow * ss
  const pHigh = upper(u + v)
  const pLow = v - (pHigh - u)
  const zHigh = cpHigh * pHigh
  const zLow = cpLow * pHigh + pLow * cp + (k === 0 ? 0 : log215Low)
  const constant = k === 0 ? 0 : log215High
  const t1 = upper(zHigh + zLow + constant + n)
  return [t1, zLow - (t1 - n - constant - zHigh)]
}

/** 2^(whole + low), `whole` having half a mantissa. */
function exp2(whole: number, low: number): number {
  const n = Math.round(whole + low)
  const fraction = whole - n
  const t = upper(low + fraction)
  const u = t * ln2High
  const v = (low - (t - fraction)) * ln2 + t * ln2Low
  const z = u + v
  const w = v - (z - u)
  const zz = z * z
  const t1 = z - zz * (p1 + zz * (p2 + zz * (p3 + zz * (p4 + zz * p5))))
  const r = (z * t1) / (t1 - 2) - (w + z * w)
  return (1 - (r - z)) * 2 ** n
}
