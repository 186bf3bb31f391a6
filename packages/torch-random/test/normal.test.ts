import { describe, expect, it } from 'vitest'
import { Generator, fillNormal, type BitFamily } from '@sluice/torch-random'
import { nextInt63, readGolden, sha256, toHex, verifiedFamilies } from './golden.ts'

interface TableCase {
  readonly seed?: string
  readonly initial_seed?: string
  readonly shape?: [number, number]
  readonly hex?: string[]
  readonly sha256_f32le?: string
  readonly rng_next_int63_after: string
}
interface Tables {
  readonly seed123_tok_then_pos: {
    readonly tok: { readonly sha256_f32le: string }
    readonly pos: { readonly sha256_f32le: string }
    readonly rng_next_int63_after_tok: string
    readonly rng_next_int63_after_pos: string
  }
  readonly token_table_block_sha256_f32le: string[]
}
interface Randn {
  readonly sizes: Record<string, { readonly hex: string[]; readonly rng_next_int63_after: string }>
  readonly sequences: {
    readonly randn3_then_randn20_then_randn2: string[][]
    readonly randn1_then_manual_seed_then_randn1: string[][]
    readonly randn_1000003: { readonly sha256: string; readonly last20: string[] }
    readonly randn_f64_n20: string[]
    readonly randn_f64_n7: string[]
  }
}

function randn(n: number, generator: Generator, family: BitFamily = 'avx2'): Float32Array {
  const values = new Float32Array(n)
  fillNormal(values, { generator, family })
  return values
}

describe.each(verifiedFamilies)('normal_ in family %s', (family) => {
  const tables: Tables & Record<string, TableCase> = readGolden(`tables-${family}`)
  const golden: Randn = readGolden(`randn-${family}`)
  const { sequences: lists }: { readonly sequences: Record<string, string[]> } = readGolden(`randn-${family}`)

  it('draws the 50257 x 256 token table, then the position table, bit for bit', () => {
    const expected = tables.seed123_tok_then_pos
    const generator = new Generator(123)
    const token = randn(50257 * 256, generator, family)
    const blocks = tables.token_table_block_sha256_f32le.map((_, b) =>
      sha256(token.subarray(b * 256_000, (b + 1) * 256_000)),
    )
    expect(blocks).toEqual(tables.token_table_block_sha256_f32le)
    expect(sha256(token)).toBe(expected.tok.sha256_f32le)
    expect(nextInt63(new Generator(0).setState(generator.getState()))).toBe(expected.rng_next_int63_after_tok)
    // The reference took one int64 between the two tables' checks as well: from a copy, so that the stream goes on.
    expect(sha256(randn(4 * 256, generator, family))).toBe(expected.pos.sha256_f32le)
    expect(nextInt63(generator)).toBe(expected.rng_next_int63_after_pos)
  })

  const shaped = Object.entries(tables).filter(([name]) => /^seed(123_\d+x|123_pos|_)/u.test(name))
  it.each(shaped)('draws %s', (_, { seed = '123', shape = [4, 8], hex, sha256_f32le, ...expected }) => {
    const generator = new Generator(BigInt(seed))
    const values = randn(shape[0] * shape[1], generator, family)
    expect(generator.initialSeed.toString()).toBe(expected.initial_seed ?? seed)
    expect(hex ? toHex(values) : sha256(values)).toEqual(hex ?? sha256_f32le)
    expect(nextInt63(generator)).toBe(expected.rng_next_int63_after)
  })

  it('draws every size from 1 to 40, on both sides of the block rule', () => {
    for (const [n, expected] of Object.entries(golden.sizes)) {
      const generator = new Generator(123)
      expect(toHex(randn(Number(n), generator, family))).toEqual(expected.hex)
      expect(nextInt63(generator)).toBe(expected.rng_next_int63_after)
    }
  })

  it('draws a million and three values, whose last block is drawn again', () => {
    const values = randn(1_000_003, new Generator(123), family)
    expect(sha256(values)).toBe(golden.sequences.randn_1000003.sha256)
  })

  it('keeps the cached normal across calls that do not use it, and loses it when seeded', () => {
    const generator = new Generator(123)
    const drawn = [3, 20, 2].map((n) => toHex(randn(n, generator, family)))
    expect(drawn).toEqual(golden.sequences.randn3_then_randn20_then_randn2)
    generator.manualSeed(123)
    const again = [randn(1, generator, family), randn(1, generator.manualSeed(123), family)].map(toHex)
    expect(again).toEqual(golden.sequences.randn1_then_manual_seed_then_randn1)
  })

  it.each([
    ['noncontig_normal_4x8_T', 32, 'strided', 0, 1],
    ['strided_normal_20', 20, 'strided', 0, 1],
    ['normal_mean2_std0.02_n20', 20, 'contiguous', 2, 0.02],
    ['normal_mean2_std0.02_n7', 7, 'contiguous', 2, 0.02],
    ['normal_std0.02_n32', 32, 'contiguous', 0, 0.02],
  ] as const)('draws %s', (name, n, layout, mean, std) => {
    const values = new Float32Array(n)
    fillNormal(values, { generator: new Generator(123), family, layout, mean, std })
    const expected = lists[name]
    // The reference notes the transposed tensor in logical order; draws are made in storage order.
    const logical = name === 'noncontig_normal_4x8_T' ? transpose(values, 8, 4) : values
    expect(toHex(logical)).toEqual(expected)
  })

  it.each([7, 20] as const)('draws %i float64 values within 2 ulp', (n) => {
    const values = new Float64Array(n)
    fillNormal(values, { generator: new Generator(123), family })
    const expected = golden.sequences[`randn_f64_n${n}`]
    toHex(values).forEach((hex, i) => {
      const distance = BigInt(`0x${hex}`) - BigInt(`0x${expected[i]}`)
      expect(Number(distance < 0n ? -distance : distance)).toBeLessThanOrEqual(2)
    })
  })
})

describe('normal_', () => {
  it('gives the same values wherever the array starts in its buffer', () => {
    const whole = randn(4096, new Generator(5))
    const shifted = new Float32Array(new ArrayBuffer(4 * 4103), 28, 4096)
    fillNormal(shifted, { generator: new Generator(5) })
    expect(Array.from(shifted)).toEqual(Array.from(whole))
  })

  it('refuses a negative std', () => {
    expect(() => fillNormal(new Float32Array(2), { generator: new Generator(1), std: -1 })).toThrow(
      'Expected `std` to be 0 or more, got `-1`',
    )
  })
})

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c]!
  return turned
}
