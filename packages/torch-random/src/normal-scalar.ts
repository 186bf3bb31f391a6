/**
 * The Box-Muller step of PyTorch's scalar kernel (`normal_fill_16`) on glibc 2.28 or newer, whose logf, sinf and
 * cosf are those of Arm's optimized-routines (MIT): tables and polynomials in double, no fused multiply-add.
 */
import { fma32 } from './fma32.ts'

const f = Math.fround

// logf: 1/c and log(c) for the centre c of each of 16 intervals of the mantissa, then the polynomial for log(1 + r).
const inverseCenter = Float64Array.of(
  1.398907162146528,
  1.3403141896637998,
  1.286432210124115,
  1.2367150214269895,
  1.1906977166711752,
  1.1479821020556429,
  1.1082251448272158,
  1.0711297413057381,
  1.036437278977283,
  1,
  0.9492859795739057,
  0.8951049428609004,
  0.8476821620351103,
  0.8050314851692001,
  0.7664671008843108,
  0.731428603316328,
)
const logCenter = Float64Array.of(
  -0.33569133332882284,
  -0.2929040563774074,
  -0.2518726580937369,
  -0.21245868807117255,
  -0.17453945183745634,
  -0.1380057072319758,
  -0.10275976698545139,
  -0.06871392447020525,
  -0.0357891387398228,
  0,
  0.05204517742929496,
  0.11081431298787942,
  0.1652495223695143,
  0.21687389031699977,
  0.2659635028121397,
  0.3127556664073557,
)
const ln2 = 0.6931471805599453
const a0 = -0.25089342214237154
const a1 = 0.333456765744066
const a2 = -0.4999997485802103
const logOffset = 0x3f330000

// sinf and cosf: 2/pi * 2^24, pi/2, and the polynomials on [-pi/4, pi/4].
const twoOverPi24 = 10680707.430881744
const halfPi = 1.5707963267948966
const c1 = -0.49999999725108224
const c2 = 0.041666623324344516
const c3 = -0.001388676379437604
const c4 = 2.4390450703564542e-5
const s1 = -0.16666654943701084
const s2 = 0.008332178146138854
const s3 = -0.00019517298981385725

/** glibc compares the upper 12 bits of |y| with those of pi/4, whose float32 truncates to 0.78125 there. */
const direct = 0.78125
const tiny = 2 ** -12
const twoPi = 2 * Math.PI

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** glibc's `logf` for normal x in (0, 1]. */
function logf(x: number): number {
  float[0] = x
  const ix = bits[0]!
  if (ix === 0x3f800000) return 0
  const offset = (ix - logOffset) | 0
  const i = (offset >> 19) & 15
  const k = offset >> 23
  bits[0] = ix - (offset & 0xff800000)
  const r = float[0] * inverseCenter[i]! - 1
  const y0 = logCenter[i]! + k * ln2
  const r2 = r * r
  let y = a1 * r + a2
  y = a0 * r2 + y
  return f(y * r2 + (y0 + r))
}

function sinPolynomial(x: number): number {
  const x2 = x * x
  const x3 = x * x2
  const x7 = x3 * x2
  return f(x + x3 * s1 + x7 * (s2 + x2 * s3))
}

function cosPolynomial(x: number): number {
  const x2 = x * x
  const x4 = x2 * x2
  return f(1 + x2 * c1 + x4 * c2 + x4 * x2 * (c3 + x2 * c4))
}

/**
 * Turns blocks of 16 uniform values (multiples of 2^-24 in [0, 1)) into normal ones, in place: element j of a
 * block is paired with element j + 8.
 *
 * @param end - `start` plus a multiple of 16.
 */
export function normalScalar(
  data: Float32Array,
  start: number,
  end: number,
  std: number,
  mean: number,
): void {
  for (let block = start; block < end; block += 16) {
    for (let j = block; j < block + 8; j++) {
      const radius = f(Math.sqrt(f(-2 * logf(1 - data[j]!))))
      const theta = f(twoPi * data[j + 8]!)
      let cos: number
      let sin: number
      if (theta < direct) {
        cos = theta < tiny ? 1 : cosPolynomial(theta)
        sin = theta < tiny ? theta : sinPolynomial(theta)
      } else {
        const quadrant = (theta * twoOverPi24 + 0x800000) >> 24
        const x = theta - quadrant * halfPi
        const c = cosPolynomial(x)
        const s = sinPolynomial(x)
        cos = (quadrant & 1) === 0 ? c : -s
        sin = (quadrant & 1) === 0 ? s : c
        if ((quadrant & 2) !== 0) {
          cos = -cos
          sin = -sin
        }
      }
      data[j] = fma32(f(radius * cos), std, mean)
      data[j + 8] = fma32(f(radius * sin), std, mean)
    }
  }
}
