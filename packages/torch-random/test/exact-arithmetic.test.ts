import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largestAngle, cos, fma32, pow, sin } from '@sluice/torch-random'
import { log1p } from '../src/portable-math.ts'

/** A float32 as an exact fraction: numerator / 2^149. */
function exact(value: number): bigint {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  const bits = view.getUint32(0)
  const exponent = (bits >>> 23) & 255
  const mantissa = BigInt(bits & 0x7fffff) | (exponent === 0 ? 0n : 1n << 23n)
  const magnitude = mantissa << BigInt(Math.max(exponent, 1) - 1)
  return bits >>> 31 === 1 ? -magnitude : magnitude
}

/** Rounds numerator / 2^298 to the nearest float32, ties to even, by comparing with the neighbours of a guess. */
function nearestFloat32(numerator: bigint, guess: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, guess)
  const bits = view.getInt32(0)
  let best = guess
  for (const step of [-1, 1]) {
    view.setInt32(0, bits + step)
    const other = view.getFloat32(0)
    if (!Number.isFinite(other)) continue
    const a = abs((exact(best) << 149n) - numerator)
    const b = abs((exact(other) << 149n) - numerator)
    if (b < a || (b === a && even(other))) best = other
  }
  return best
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value)
const even = (value: number): boolean => (new Int32Array(Float32Array.of(value).buffer)[0]! & 1) === 0
/** The unit of the last place of a double; of a subnormal one, the smallest double. */
function ulp(value: number): number {
  return Math.max(2 ** (Math.floor(Math.log2(Math.abs(value))) - 52), Number.MIN_VALUE)
}

describe('fma32', () => {
  const float = fc.float({
    noNaN: true,
    noDefaultInfinity: true,
    min: Math.fround(-1e18),
    max: Math.fround(1e18),
  })

  it('rounds once, against exact integers', () => {
    fc.assert(
      fc.property(float, float, float, (a, b, c) => {
        const product = exact(a) * exact(b)
        const sum = product + (exact(c) << 149n)
        const result = fma32(a, b, c)
        if (sum === 0n || Math.abs(result) < 1e-37) return
        expect(result).toBe(nearestFloat32(sum, Math.fround(a * b + c)))
      }),
      { numRuns: 3000 },
    )
  })

  it('is right where rounding twice is wrong', () => {
    // The product is 2^-70 below half a float32 step of c. In double that is lost, and the tie goes up, to even.
    const [a, b, c] = [2 ** -12 * (1 + 2 ** -23), 2 ** -12 * (1 - 2 ** -23), 1 + 2 ** -23]
    expect(fma32(a, b, c)).toBe(c)
    expect(Math.fround(a * b + c)).toBe(1 + 2 ** -22)
  })

  it('is wrong nowhere that adding in double is exact', () => {
    expect(fma32(2, 3, 4)).toBe(10)
    expect(Object.is(fma32(-0, 1, 0), 0)).toBe(true)
    expect(fma32(1e30, 1e30, 0)).toBe(Infinity)
  })
})

describe('log1p, sin, cos and pow', () => {
  const unit = fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true })

  it('are within 2 ulp of the engine, the error of both being below 1 ulp', () => {
    fc.assert(
      fc.property(unit, (u) => {
        expect(ulps(log1p(-u), Math.log1p(-u))).toBeLessThanOrEqual(2)
        for (const angle of [2 * Math.PI * u, -u, largestAngle * u]) {
          expect(ulps(sin(angle), Math.sin(angle))).toBeLessThanOrEqual(2)
          expect(ulps(cos(angle), Math.cos(angle))).toBeLessThanOrEqual(2)
        }
        expect(ulps(pow(10_000, u), Math.pow(10_000, u))).toBeLessThanOrEqual(2)
        expect(ulps(pow(1 + 1e6 * u, -u), Math.pow(1 + 1e6 * u, -u))).toBeLessThanOrEqual(2)
      }),
      { numRuns: 20_000 },
    )
  })

  it.each([1, 2, 3, 7, 1000, 333_333])('know where %i quarter turns end', (quarters) => {
    const angle = (quarters * Math.PI) / 2
    expect(ulps(sin(angle), Math.sin(angle))).toBeLessThanOrEqual(2)
    expect(ulps(cos(angle), Math.cos(angle))).toBeLessThanOrEqual(2)
  })

  it('are exact where the result is a number of few bits', () => {
    expect([pow(10_000, 0.5), pow(2, -8), pow(10, 3), pow(7, 0), pow(1, 0.3)]).toEqual([
      100,
      2 ** -8,
      1000,
      1,
      1,
    ])
    expect([log1p(0), sin(0), cos(0)]).toEqual([0, 0, 1])
  })
})

/** How far `ours` is from `engine`, in units of the engine's last place. */
function ulps(ours: number, engine: number): number {
  return Math.abs(ours - engine) / ulp(engine)
}
