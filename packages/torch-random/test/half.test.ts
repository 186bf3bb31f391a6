import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Generator,
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
  fillNormal,
  fillNormalForHalf,
} from '@sluice/torch-random'
import { readGolden, verifiedFamilies } from './golden.ts'

const formats = {
  float16: { encode: encodeFloat16, decode: decodeFloat16 },
  bfloat16: { encode: encodeBfloat16, decode: decodeBfloat16 },
} as const
type Format = keyof typeof formats

function decodeAll(format: Format): Float32Array {
  const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits)
  const values = new Float32Array(65536)
  formats[format].decode(all, values)
  return values
}

/** The slow, obvious rounding: the nearest of all values of the format, the even one of two equally near. */
function nearest(format: Format, values: Float32Array, x: number): number {
  let best = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  for (let step = 1; step < 0x8000; step++) {
    const bits = (best & 0x8000) | step
    const value = values[bits]!
    if (Number.isNaN(value)) break
    // Rounding treats infinity as the value that would follow the largest one.
    const finite = Number.isFinite(value) ? value : 2 * values[bits - 1]! - values[bits - 2]!
    const closer = Math.abs(finite - x) - Math.abs(values[best]! - x)
    if (closer < 0 || (closer === 0 && (bits & 1) === 0)) best = bits
  }
  return best
}

describe.each(['float16', 'bfloat16'] as const)('%s', (format) => {
  const { encode, decode } = formats[format]
  const values = decodeAll(format)

  it('keeps every value that it can hold', () => {
    const bits = new Uint16Array(65536)
    encode(values, bits)
    const again = new Float32Array(65536)
    decode(bits, again)
    expect(again).toEqual(values)
    bits.forEach((word, i) => {
      if (!Number.isNaN(values[i]!) && word !== i) throw new Error(`${i} became ${word}`)
    })
  })

  it('rounds to the nearest, ties to even', () => {
    const bits = new Uint16Array(1)
    const within = Math.fround(format === 'float16' ? 70_000 : 1e38)
    const float = fc.oneof(
      fc.float({ noNaN: true, min: -within, max: within }),
      fc.nat({ max: 0x7bfe }).map((step) => Math.fround((values[step]! + values[step + 1]!) / 2)),
      fc.float({ noNaN: true, min: Math.fround(-1e-4), max: Math.fround(1e-4) }),
    )
    fc.assert(
      fc.property(float, (x) => {
        encode(Float32Array.of(x), bits)
        expect(bits[0]).toBe(nearest(format, values, x))
      }),
      { numRuns: 300 },
    )
  })

  it('keeps NaN and infinity', () => {
    const bits = new Uint16Array(3)
    const back = new Float32Array(3)
    encode(Float32Array.of(Number.NaN, -Infinity, 3.4e38), bits)
    decode(bits, back)
    expect(Array.from(back)).toEqual([Number.NaN, -Infinity, Infinity])
  })
})

describe.each(verifiedFamilies)('randn in half formats, family %s', (family) => {
  const { sequences }: { readonly sequences: Record<string, string[]> } = readGolden(`randn-${family}`)

  it.each([
    ['randn_bf16_n20', 'bfloat16'],
    ['randn_f16_n20', 'float16'],
    ['randn_bf16_n7', 'bfloat16'],
  ] as const)('draws %s', (name, format) => {
    const expected = sequences[name] ?? []
    const drawn = new Float32Array(expected.length)
    fillNormalForHalf(drawn, { generator: new Generator(123), family })
    const bits = new Uint16Array(drawn.length)
    formats[format].encode(drawn, bits)
    expect(Array.from(bits, (word) => word.toString(16).padStart(4, '0'))).toEqual(expected)
  })

  it('draws what float32 draws when there is no short block', () => {
    const [half, single] = [new Float32Array(64), new Float32Array(64)]
    fillNormalForHalf(half, { generator: new Generator(8), family })
    fillNormal(single, { generator: new Generator(8), family })
    expect(half).toEqual(single)
  })
})
