import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Generator, fillRandint, fillUniform, randomInt63, randperm } from '@sluice/torch-random'
import { modulo64 } from '../src/integers.ts'
import { nextInt63, readGolden, sha256, toHex, verifiedFamilies } from './golden.ts'

interface Golden {
  readonly cases: readonly {
    readonly seed: string
    readonly n: number
    readonly sha256_u32le: string
    readonly next_int63: string
    readonly perm?: number[]
    readonly first20?: number[]
  }[]
  readonly ints: Record<string, number[] | string[]> & {
    readonly random_int64_x5: string[]
    readonly rand_f32_x20: string[]
    readonly rand_f64_x20: string[]
  }
}

interface Linear {
  readonly seed123_Linear_4_5_weight: { readonly hex: string[] }
  readonly seed123_Linear_50_30: {
    readonly weight: { readonly sha256_f32le: string }
    readonly bias: string[]
  }
}
interface Sequences {
  readonly sequences: Record<string, string[]>
}

const golden: Golden = readGolden('permutations-and-integers')

describe('randperm', () => {
  it.each(golden.cases)('orders $n numbers with seed $seed as PyTorch', ({ seed, n, ...expected }) => {
    const generator = new Generator(BigInt(seed))
    const order = randperm(n, generator)
    const listed = expected.perm ?? expected.first20
    expect(Array.from(order.subarray(0, listed?.length))).toEqual(listed)
    expect(sha256(order)).toBe(expected.sha256_u32le)
    expect(nextInt63(generator)).toBe(expected.next_int63)
  })

  it.each([-1, 1.5, 2 ** 31])('refuses n = %s', (n) => {
    expect(() => randperm(n, new Generator(1))).toThrow('Expected `n` to be a whole number in 0 .. 2^31-1')
  })
})

describe('integers', () => {
  it.each([
    ['randint_0_10_x20', 10],
    ['randint_0_50257_x20', 50257],
    ['randint_0_2p28_x5', 2 ** 28],
    ['randint_0_2p31_x5', 2 ** 31],
    ['randint_0_2p40_x5', 2 ** 40],
  ])('draws %s', (name, high) => {
    const expected = (golden.ints[name] ?? []).map(Number)
    const values = new Float64Array(expected.length)
    fillRandint(values, { high, generator: new Generator(123) })
    expect(Array.from(values)).toEqual(expected)
    const wide = new BigInt64Array(expected.length)
    fillRandint(wide, { low: -5, high: high - 5, generator: new Generator(123) })
    expect(Array.from(wide, Number)).toEqual(expected.map((value) => value - 5))
  })

  it('draws int64 as random_() does', () => {
    const generator = new Generator(123)
    expect(golden.ints.random_int64_x5.map(() => randomInt63(generator).toString())).toEqual(
      golden.ints.random_int64_x5,
    )
  })

  it('takes 64-bit remainders without a bigint', () => {
    const word = fc.nat({ max: 0xffffffff })
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 2 ** 37 }), (high, low, divisor) => {
        expect(modulo64(high, low, divisor)).toBe(
          Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(divisor)),
        )
      }),
    )
  })

  it('refuses empty and inexact ranges', () => {
    const generator = new Generator(1)
    expect(() => fillRandint(new Int32Array(1), { low: 3, high: 3, generator })).toThrow(
      '`low` < `high`, got 3 and 3',
    )
    expect(() => fillRandint(new Int32Array(1), { high: 2 ** 40, generator })).toThrow('within int32')
  })
})

describe('uniform_', () => {
  it('draws rand in float32 and float64', () => {
    const [single, double] = [new Float32Array(20), new Float64Array(20)]
    fillUniform(single, { generator: new Generator(123) })
    fillUniform(double, { generator: new Generator(123) })
    expect(toHex(single)).toEqual(golden.ints.rand_f32_x20)
    expect(toHex(double)).toEqual(golden.ints.rand_f64_x20)
  })

  it('draws between bounds', () => {
    const values = new Float32Array(20)
    fillUniform(values, { generator: new Generator(123), from: -0.5, to: 0.5 })
    expect(toHex(values)).toEqual(golden.ints['uniform_-0.5_0.5_x20'])
  })

  it.each(verifiedFamilies)(
    'initialises nn.Linear in family %s (its bounds show whether the scaling is fused)',
    (family) => {
      const tables: Linear = readGolden(`tables-${family}`)
      const { sequences }: Sequences = readGolden(`randn-${family}`)
      const draw = (n: number, bound: number, generator: Generator): Float32Array => {
        const values = new Float32Array(n)
        fillUniform(values, { generator, from: -bound, to: bound, family })
        return values
      }
      expect(toHex(draw(20, 1 / Math.sqrt(4), new Generator(123)))).toEqual(
        tables.seed123_Linear_4_5_weight.hex,
      )
      expect(toHex(draw(20, Math.sqrt(6 / 9), new Generator(123)))).toEqual(sequences['xavier_uniform_4x5'])
      const generator = new Generator(123)
      const bound = 1 / Math.sqrt(50)
      expect(sha256(draw(1500, bound, generator))).toBe(tables.seed123_Linear_50_30.weight.sha256_f32le)
      expect(toHex(draw(30, bound, generator))).toEqual(tables.seed123_Linear_50_30.bias)
    },
  )

  it('refuses bounds in the wrong order', () => {
    expect(() => fillUniform(new Float32Array(1), { generator: new Generator(1), from: 2, to: 1 })).toThrow(
      'Expected finite `from` <= `to`, got 2 and 1',
    )
  })
})
