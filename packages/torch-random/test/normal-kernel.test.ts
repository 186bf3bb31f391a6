import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Generator, fillNormal } from '@sluice/torch-random'
import { normalAvx2 } from '../src/normal-avx2.ts'
import { normalKernel } from '../src/wasm/normal-kernel.ts'
import { sha256 } from './golden.ts'

/** The JavaScript version, which works everywhere. */
function fillSlowly(data: Float32Array, generator: Generator, std: number, mean: number): void {
  const whole = data.length - (data.length % 16)
  generator.fillUnit24(data)
  normalAvx2(data, 0, whole, Math.fround(std), Math.fround(mean))
  if (whole === data.length) return
  const last = data.subarray(data.length - 16)
  generator.fillUnit24(last)
  normalAvx2(last, 0, 16, Math.fround(std), Math.fround(mean))
}

describe('the WebAssembly kernel of normal_', () => {
  it('gives the bits, and leaves the state, of the JavaScript version', () => {
    const length = fc.integer({ min: 4000, max: 20_000 })
    const float = fc.float({ min: -4, max: 4, noNaN: true })
    const parameters = fc.oneof(fc.constant([1, 0] as const), fc.tuple(float.map(Math.abs), float))
    fc.assert(
      fc.property(length, fc.nat(), fc.nat({ max: 1300 }), parameters, (n, seed, skip, [std, mean]) => {
        const [fast, slow] = [new Generator(seed), new Generator(seed)]
        for (let i = 0; i < skip; i++) expect(fast.random()).toBe(slow.random())
        const [values, expected] = [new Float32Array(n), new Float32Array(n)]
        fillNormal(values, { generator: fast, std, mean })
        fillSlowly(expected, slow, std, mean)
        expect(sha256(values)).toBe(sha256(expected))
        expect(sha256(fast.getState())).toBe(sha256(slow.getState()))
      }),
      { numRuns: 60 },
    )
  })

  it(
    'gives the bits of the JavaScript version for all 2^24 radii and all 2^24 angles',
    { timeout: 60_000 },
    () => {
      const kernel = normalKernel()
      // Without relaxed SIMD or a fused multiply-add there is only the JavaScript version.
      if (!kernel) return
      const [values, expected] = [kernel.values, new Float32Array(kernel.values.length)]
      for (let u = 0; u < 2 ** 24; u += values.length / 2) {
        for (let i = 0; i < values.length; i++) {
          // In each block of 16, u and u as the other part of the pair.
          const at = u + Math.floor(i / 16) * 8 + (i % 8)
          values[i] = (i % 16 < 8 ? at : (at * 7 + 3) % 2 ** 24) * 2 ** -24
        }
        expected.set(values)
        kernel.normal(values.length, 1, 0)
        normalAvx2(expected, 0, expected.length, 1, 0)
        if (Buffer.compare(Buffer.from(values.slice().buffer), Buffer.from(expected.buffer)) !== 0) {
          expect(values).toEqual(expected)
        }
      }
    },
  )
})
