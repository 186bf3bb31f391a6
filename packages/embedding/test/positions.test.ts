import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { Generator } from '@sluice/torch-random'
import {
  alibiBias,
  alibiSlopes,
  applyRotary,
  bertDistanceIds,
  createEmbeddingTable,
  createPositionEncoding,
  loadTable,
  relativeScores,
  relativeShift,
  rotaryTables,
  shawDistanceIds,
  sinusoidalTable,
  t5Bias,
  t5BucketIds,
  t5Bucketing,
  transformerXlEncodings,
  writeEmbeddingFiles,
  type PositionConfig,
} from '@sluice/embedding'
import { fromHex, readGolden, sha256, toHex } from './golden.ts'

interface Sinusoidal {
  readonly float64_hex: string[] | null
  readonly float64_rounded_sha256: string
  readonly row_last_exp_form: string[]
  readonly row_last_f64_rounded: string[]
}
interface Rope extends Record<
  'cos' | 'sin' | 'x' | 'rotated_half_split' | 'rotated_interleaved' | 'cos64' | 'sin64',
  string[]
> {}
interface Golden extends Record<`sinusoidal_${number}x${number}`, Sinusoidal> {
  readonly rope: Record<string, Rope>
  readonly transformer_xl: Record<
    string,
    {
      readonly pos_seq: number[]
      readonly pos_emb: string[]
      readonly BD_before_shift: number[][]
      readonly BD: number[][]
      readonly rel_shift_of_arange: number[][]
    }
  >
  readonly t5_buckets: Record<
    string,
    { readonly rel_from: number; readonly rel_to: number; readonly buckets: number[] }
  >
  readonly alibi: {
    readonly slopes: Record<string, string[]>
    readonly symmetric: string[]
    readonly causal_last_row: string[]
  }
}

const dot = (a: Float32Array, b: Float32Array): number => a[0]! * b[0]! + a[1]! * b[1]!

const golden: Golden = readGolden('positions')

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))
}

describe('sinusoidalTable', () => {
  it.each([
    [4, 8],
    [16, 16],
    [64, 256],
    [1024, 256],
  ] as const)('is the rounded float64 table of %i x %i', (rows, columns) => {
    const expected = golden[`sinusoidal_${rows}x${columns}`]!
    const { weight } = sinusoidalTable({ contextLength: rows, embeddingDim: columns })
    expect(sha256(weight)).toBe(expected.float64_rounded_sha256)
    // PyTorch's float32 steps round the angle: 1.2e-7 of it is the tolerance.
    const last = fromHex(expected.row_last_exp_form)
    const ours = weight.subarray((rows - 1) * columns).subarray(0, last.length)
    expect(largestDifference(ours, last)).toBeLessThan(1.2e-7 * (1 + rows))
  })

  it('needs an even width', () => {
    expect(() => sinusoidalTable({ contextLength: 4, embeddingDim: 7 })).toThrow(
      'Expected `embeddingDim` to be even',
    )
  })
})

describe('rotary positions', () => {
  it.each([
    ['L8_d8_base10000', 8, 8, 10_000],
    ['L16_d64_base500000', 16, 64, 500_000],
  ] as const)('have the tables of %s', (name, contextLength, headDim, base) => {
    const expected = golden.rope[name]!
    const tables = rotaryTables({ contextLength, headDim, base })
    expect(Array.from(tables.cos)).toEqual(fromHex64(expected.cos64).map(Math.fround))
    expect(Array.from(tables.sin)).toEqual(fromHex64(expected.sin64).map(Math.fround))
    expect(largestDifference(tables.cos, fromHex(expected.cos))).toBeLessThan(1.2e-7 * contextLength)
    const vectors = fromHex(expected.x)
    for (const [pairs, rotated] of [
      ['half', expected.rotated_half_split],
      ['interleaved', expected.rotated_interleaved],
    ] as const) {
      expect(largestDifference(applyRotary(vectors, tables, pairs), fromHex(rotated))).toBeLessThan(
        2.4e-7 * contextLength,
      )
    }
  })

  it('turn as the golden does when they are given its own tables, to the last bit', () => {
    const { cos, sin, ...expected } = golden.rope['L8_d8_base10000']!
    const tables = { contextLength: 8, headDim: 8, cos: fromHex(cos), sin: fromHex(sin) }
    expect(toHex(applyRotary(fromHex(expected.x), tables, 'half'))).toEqual(expected.rotated_half_split)
    expect(toHex(applyRotary(fromHex(expected.x), tables, 'interleaved'))).toEqual(
      expected.rotated_interleaved,
    )
  })

  it('keep lengths, and make scores depend on the distance alone', () => {
    const tables = rotaryTables({ contextLength: 64, headDim: 8 })
    const vector = new Float32Array(64 * 8).map((_, i) => Math.sin(i % 8))
    const turned = applyRotary(vector, tables, 'half')
    const score = (i: number, j: number) =>
      [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, d) => sum + turned[i * 8 + d]! * turned[j * 8 + d]!, 0)
    expect(score(3, 10)).toBeCloseTo(score(50, 57), 5)
    expect(score(9, 9)).toBeCloseTo(score(0, 0), 5)
  })
})

describe('Transformer-XL', () => {
  it.each(Object.entries(golden.transformer_xl))(
    'has the encodings and the shift of %s',
    (name, expected) => {
      const [queryLength = 0, keyLength = 0, embeddingDim = 0] = (name.match(/\d+/gu) ?? []).map(Number)
      const encodings = transformerXlEncodings({ keyLength, embeddingDim })
      expect(largestDifference(encodings, fromHex(expected.pos_emb))).toBeLessThan(1.2e-7 * (1 + keyLength))
      const shift = (rows: number[][]) =>
        Array.from(relativeShift(Float32Array.from(rows.flat()), queryLength, keyLength))
      const count = Array.from({ length: queryLength * keyLength }, (_, i) => i)
      expect(shift([count])).toEqual(expected.rel_shift_of_arange.flat().map((value) => value))
      expect(shift(expected.BD_before_shift)).toEqual(expected.BD.flat().map(Math.fround))
    },
  )
})

describe('T5', () => {
  it.each(Object.entries(golden.t5_buckets))('has the buckets of %s', (name, { rel_from, buckets }) => {
    const [numBuckets = 0, maxDistance = 0] = (name.match(/\d+/gu) ?? []).map(Number)
    const bucket = t5Bucketing({ numBuckets, maxDistance, bidirectional: name.endsWith('bidirectional') })
    expect(buckets.map((_, i) => bucket(rel_from + i))).toEqual(buckets)
  })

  it('adds to each head the value of the bucket', () => {
    const table = Float32Array.from({ length: 64 }, (_, i) => i)
    const lengths = { queryLength: 3, keyLength: 4 }
    const ids = t5BucketIds(lengths)
    expect(Array.from(ids)).toEqual([0, 17, 18, 19, 1, 0, 17, 18, 2, 1, 0, 17])
    const expected = [0, 1].flatMap((head) => Array.from(ids, (id) => id * 2 + head))
    expect(Array.from(t5Bias(table, 2, lengths))).toEqual(expected)
  })

  it('refuses distances that leave nothing to the logarithm', () => {
    expect(() => t5Bucketing({ numBuckets: 32, maxDistance: 8 })).toThrow(
      'Expected `maxDistance` to be a whole number above 8',
    )
  })
})

describe('ALiBi', () => {
  it.each(Object.entries(golden.alibi.slopes))('has the slopes of %s heads', (heads, expected) => {
    expect(toHex(alibiSlopes(Number(heads)))).toEqual(expected)
  })

  it('has the bias of eight heads', () => {
    expect(toHex(alibiBias({ numHeads: 8, queryLength: 6, keyLength: 6 }))).toEqual(golden.alibi.symmetric)
    expect(toHex(alibiBias({ numHeads: 8, queryLength: 1, keyLength: 6 }))).toEqual(
      golden.alibi.causal_last_row,
    )
  })
})

describe('distance tables', () => {
  it('of Shaw are clipped, those of BERT are not', () => {
    expect(Array.from(shawDistanceIds({ queryLength: 4, keyLength: 4, maxDistance: 2 }))).toEqual([
      2, 3, 4, 4, 1, 2, 3, 4, 0, 1, 2, 3, 0, 0, 1, 2,
    ])
    expect(Array.from(bertDistanceIds({ queryLength: 2, keyLength: 3, maxDistance: 4 }))).toEqual([
      3, 2, 1, 4, 3, 2,
    ])
    expect(() => bertDistanceIds({ queryLength: 5, keyLength: 3, maxDistance: 4 })).toThrow(
      'got 5 queries and 3 keys',
    )
  })

  it('add query times distance, and key times distance', () => {
    const value = fc.float({ min: -1, max: 1, noNaN: true })
    const vectors = (rows: number) =>
      fc.array(value, { minLength: rows * 2, maxLength: rows * 2 }).map((all) => Float32Array.from(all))
    fc.assert(
      fc.property(vectors(2), vectors(3), vectors(5), (query, key, table) => {
        const distanceIds = shawDistanceIds({ queryLength: 2, keyLength: 3, maxDistance: 2 })
        const both = relativeScores({ query, key, table, distanceIds }, 2, 'relative_key_query')
        const one = relativeScores({ query, key, table, distanceIds }, 2, 'relative_key')
        const at = (i: number, j: number) => table.subarray((j - i + 2) * 2, (j - i + 3) * 2)
        for (const [i, j] of [
          [0, 0],
          [0, 2],
          [1, 1],
          [1, 2],
        ] as const) {
          const byQuery = dot(query.subarray(i * 2, i * 2 + 2), at(i, j))
          const byKey = dot(key.subarray(j * 2, j * 2 + 2), at(i, j))
          expect(one[i * 3 + j]).toBeCloseTo(byQuery, 6)
          expect(both[i * 3 + j]).toBeCloseTo(byQuery + byKey, 6)
        }
      }),
    )
  })
})

describe('createPositionEncoding', () => {
  const configs: readonly (PositionConfig & { readonly shapes: Record<string, number[]> })[] = [
    { kind: 'none', shapes: {} },
    { kind: 'learned', contextLength: 4, shapes: {} },
    { kind: 'sinusoidal', contextLength: 4, shapes: {} },
    { kind: 'rotary', contextLength: 4, headDim: 8, shapes: { 'rotary.cos': [4, 4], 'rotary.sin': [4, 4] } },
    { kind: 'transformer-xl', keyLength: 6, shapes: { 'transformer_xl.r': [6, 16] } },
    { kind: 'shaw', maxDistance: 3, headDim: 8, shapes: { 'relative.distance': [7, 8] } },
    { kind: 'relative_key', maxDistance: 3, headDim: 8, shapes: { 'relative.distance': [5, 8] } },
    { kind: 'relative_key_query', maxDistance: 3, headDim: 8, shapes: { 'relative.distance': [5, 8] } },
    { kind: 't5', numHeads: 4, shapes: { 't5.relative_attention_bias': [32, 4] } },
    { kind: 'alibi', numHeads: 4, shapes: { 'alibi.slopes': [4] } },
  ]

  it.each(configs)('saves $kind with what a trainer needs', async ({ shapes, ...config }) => {
    const generator = new Generator(7)
    const tokenTable = createEmbeddingTable({ numEmbeddings: 5, embeddingDim: 16, generator })
    const encoding = createPositionEncoding(config, { embeddingDim: 16, generator })
    const { positionTable, definition, tensors } = encoding
    expect(definition.added).toBe(config.kind === 'learned' || config.kind === 'sinusoidal')
    expect(positionTable !== undefined).toBe(definition.added)
    expect(definition.tensors).toEqual(shapes)
    const folder = temporaryFolder()
    const files = await writeEmbeddingFiles(folder, { tokenTable, positionTable }, encoding)
    expect(JSON.parse(await readFile(join(folder, files.positions?.name ?? ''), 'utf8'))).toEqual({
      ...definition,
      config,
    })
    for (const { name, data } of tensors.filter(({ shape }) => shape.length === 2)) {
      const loaded = await loadTable(join(folder, 'tables.safetensors'), { name })
      expect(loaded.weight).toEqual(data)
    }
  })

  it('draws learned positions after the token table, as a model does', () => {
    const generator = new Generator(123)
    createEmbeddingTable({ numEmbeddings: 50, embeddingDim: 16, generator })
    const { positionTable } = createPositionEncoding(
      { kind: 'learned', contextLength: 4 },
      { embeddingDim: 16, generator },
    )
    const other = new Generator(123)
    createEmbeddingTable({ numEmbeddings: 50, embeddingDim: 16, generator: other })
    expect(positionTable).toEqual(
      createEmbeddingTable({ numEmbeddings: 4, embeddingDim: 16, generator: other }),
    )
  })
})

function fromHex64(hex: readonly string[]): number[] {
  const view = new DataView(new ArrayBuffer(8))
  return hex.map((word) => {
    view.setBigUint64(0, BigInt(`0x${word}`))
    return view.getFloat64(0)
  })
}
