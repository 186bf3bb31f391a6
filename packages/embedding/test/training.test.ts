import { describe, expect, it } from 'vitest'
import { Generator, fillUniform } from '@sluice/torch-random'
import {
  backward,
  coalesce,
  createAdagrad,
  createAdam,
  createAdamW,
  createEmbeddingTable,
  createSgd,
  createSparseAdam,
  limitNorms,
  lookUp,
  sparseBackward,
  tableFromWeight,
  type EmbeddingTable,
  type Optimizer,
} from '@sluice/embedding'
import { rowNorm } from '../src/max-norm.ts'
import { fromHex, readGolden, sha256, toHex } from './golden.ts'

interface Sparse {
  readonly indices: number[][]
  readonly values: string[]
  readonly coalesced_indices: number[][]
  readonly coalesced_values: string[]
}
interface Golden {
  readonly indices: number[][]
  readonly upstream_grad_seed7: { readonly hex: string[] }
  readonly init_10x8_seed123: string[]
  readonly padding_idx_0: string[]
  readonly 'padding_idx_-1': { readonly resolved: number; readonly hex: string[] }
  readonly backward_dense: { readonly grad: string[] }
  readonly backward_padding_idx_5: { readonly grad: string[] }
  readonly backward_scale_grad_by_freq: { readonly grad: string[] }
  readonly backward_scale_freq_padding_5: { readonly grad: string[] }
  readonly backward_sparse: { readonly sparse: Sparse }
  readonly backward_sparse_padding_5: { readonly sparse: Sparse }
  readonly max_norm: Record<
    string,
    {
      readonly rows: number[]
      readonly row_norms_before: string[]
      readonly changed: number[]
      readonly weight_after?: string[]
      readonly weight_after_sha256: string
    }
  >
  readonly optimizers: Record<
    string,
    {
      readonly shape: [number, number]
      readonly steps: readonly {
        readonly upstream_seed: number
        readonly w: string[]
        readonly state: Readonly<Record<string, number | string[]>>
      }[]
    }
  >
}

const golden: Golden = readGolden('training')
const ids = Int32Array.from(golden.indices.flat())

function table(rows = 10, columns = 8, paddingIdx?: number): EmbeddingTable {
  const generator = new Generator(123)
  const options = { numEmbeddings: rows, embeddingDim: columns, generator }
  return createEmbeddingTable(paddingIdx === undefined ? options : { ...options, paddingIdx })
}

/** The upstream gradient of the golden steps: `torch.rand(2, 4, columns) * 2 - 1`. */
function upstream(seed: number, columns: number): Float32Array {
  const values = new Float32Array(ids.length * columns)
  fillUniform(values, { generator: new Generator(seed) })
  return values.map((value) => value * 2 - 1)
}

describe('padding rows', () => {
  it('are zero at the start, and take their draws', () => {
    expect(toHex(table().weight)).toEqual(golden.init_10x8_seed123)
    expect(toHex(table(10, 8, 0).weight)).toEqual(golden.padding_idx_0)
    expect(toHex(table(10, 8, -1).weight)).toEqual(golden['padding_idx_-1'].hex)
    expect(table(10, 8, -1).paddingIdx).toBe(golden['padding_idx_-1'].resolved)
  })

  it.each([6, -7, 0.5])('cannot be row %s of 6', (paddingIdx) => {
    expect(() => table(6, 3, paddingIdx)).toThrow('Expected `paddingIdx` within the 6 rows')
  })
})

describe('backward', () => {
  const grad = fromHex(golden.upstream_grad_seed7.hex)

  it.each([
    ['dense', undefined, false, golden.backward_dense],
    ['dense with a padding row', 5, false, golden.backward_padding_idx_5],
    ['scaled by frequency', undefined, true, golden.backward_scale_grad_by_freq],
    ['scaled, with a padding row', 5, true, golden.backward_scale_freq_padding_5],
  ] as const)('is exact: %s', (_, paddingIdx, scaleGradByFreq, expected) => {
    const { values } = backward(table(10, 8, paddingIdx), ids, grad, { scaleGradByFreq })
    expect(toHex(values)).toEqual(expected.grad)
  })

  it('multiplies and adds in two roundings in family scalar', () => {
    const ones = new Float32Array(grad.length).fill(1 / 3)
    const { values } = backward(table(), ids, ones, { scaleGradByFreq: true, family: 'scalar' })
    const part = Math.fround(Math.fround(1 / 3) * Math.fround(1 / 3))
    expect(values[5 * 8]).toBe(Math.fround(Math.fround(part + part) + part))
  })

  it.each([
    [undefined, golden.backward_sparse.sparse],
    [5, golden.backward_sparse_padding_5.sparse],
  ] as const)('is exact when sparse, with padding row %s', (paddingIdx, expected) => {
    const gradient = sparseBackward(table(10, 8, paddingIdx), ids, grad)
    expect(Array.from(gradient.ids)).toEqual(expected.indices.flat())
    expect(toHex(gradient.values)).toEqual(expected.values)
    const { ids: rows, values } = coalesce(gradient)
    expect(Array.from(rows)).toEqual(expected.coalesced_indices.flat())
    expect(toHex(values)).toEqual(expected.coalesced_values)
  })

  it('refuses ids and gradients that do not fit', () => {
    expect(() => backward(table(), Int32Array.of(10), new Float32Array(8))).toThrow('got 10 at `ids[0]`')
    expect(() => sparseBackward(table(), Int32Array.of(1), new Float32Array(7))).toThrow(
      '1 x 8 values, got 7',
    )
  })
})

describe('lookUp', () => {
  it('copies rows, into a buffer that can be used again', () => {
    const { weight } = table()
    const output = new Float32Array(16)
    expect(lookUp(table(), Int32Array.of(9, 0), { output })).toBe(output)
    expect(output.subarray(0, 8)).toEqual(weight.subarray(72))
    expect(output.subarray(8)).toEqual(weight.subarray(0, 8))
    expect(lookUp(table(), new Int32Array())).toEqual(new Float32Array())
    const shortened = table()
    const rows = lookUp(shortened, Int32Array.of(9, 9), { maxNorm: 0.5 })
    limitNorms(shortened, Int32Array.of(9), { maxNorm: 0.5 })
    expect(rows.subarray(8)).toEqual(shortened.weight.subarray(72))
    expect(rows).not.toEqual(lookUp(table(), Int32Array.of(9, 9)))
    expect(() => lookUp(table(), Int32Array.of(-1))).toThrow('Expected ids in 0 .. 9, got -1')
  })
})

describe('limitNorms', () => {
  const cases = Object.entries(golden.max_norm).map(([name, expected]) => {
    const [, columns = '', p = '', max = ''] = /x(\d+)_norm(.*)_max(.*)/u.exec(name) ?? []
    return {
      name,
      columns: Number(columns),
      p: p === 'inf' ? Infinity : Number(p),
      max: Number(max),
      expected,
    }
  })

  it.each(cases.filter(({ p }) => p !== 3))('is exact: $name', ({ columns, p, max, expected }) => {
    const shortened = table(10, columns)
    const norms = expected.rows.map((row) =>
      rowNorm(shortened.weight.subarray(row * columns, (row + 1) * columns), p),
    )
    expect(toHex(Float32Array.from(norms))).toEqual(expected.row_norms_before)
    limitNorms(shortened, ids, { maxNorm: max, normType: p })
    expect(sha256(shortened.weight)).toBe(expected.weight_after_sha256)
  })

  it.each(cases.filter(({ p }) => p === 3))('is close: $name', ({ columns, p, max, expected }) => {
    const shortened = table(10, columns)
    limitNorms(shortened, ids, { maxNorm: max, normType: p })
    const after = fromHex(expected.weight_after ?? [])
    shortened.weight.forEach((value, i) => {
      expect(Math.abs(value - after[i]!)).toBeLessThanOrEqual(2.4e-7 * Math.abs(after[i]!))
    })
  })

  it('refuses a norm of nothing', () => {
    expect(() => limitNorms(table(), ids, { maxNorm: 0 })).toThrow(
      'Expected `maxNorm` and `normType` above 0',
    )
  })
})

const sparse = (name: string) => /sparse/u.test(name)

function optimizer(name: string, target: EmbeddingTable): Optimizer {
  const kind = name.replace(/_\d+x\d+$/u, '')
  switch (kind) {
    case 'sgd_lr0.1':
    case 'sgd_sparse_lr0.1':
      return createSgd(target, { learningRate: 0.1 })
    case 'sgd_lr0.1_mom0.9':
      return createSgd(target, { learningRate: 0.1, momentum: 0.9 })
    case 'sgd_lr0.1_mom0.9_nesterov_wd0.01':
      return createSgd(target, { learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 })
    case 'adam':
      return createAdam(target)
    case 'adam_wd0.01':
      return createAdam(target, { weightDecay: 0.01 })
    case 'adam_amsgrad':
      return createAdam(target, { amsgrad: true })
    case 'adamw_lr0.0004_wd0.1':
      return createAdamW(target, { learningRate: 0.0004, weightDecay: 0.1 })
    case 'adagrad_lr0.01':
    case 'adagrad_sparse_lr0.01':
      return createAdagrad(target, { learningRate: 0.01 })
    case 'sparse_adam':
      return createSparseAdam(target)
    default:
      throw new Error(`no optimizer for ${name}`)
  }
}

const ordered = (values: Float32Array) =>
  new Int32Array(values.buffer, values.byteOffset, values.length).map((bits) =>
    bits < 0 ? -0x80000000 - bits : bits,
  )

/** The largest distance, in float32 steps. */
function ulps(a: Float32Array, b: Float32Array): number {
  const [left, right] = [ordered(a), ordered(b)]
  return left.reduce((most, bits, i) => Math.max(most, Math.abs(bits - right[i]!)), 0)
}

describe('optimizers', () => {
  it.each(Object.entries(golden.optimizers))('take three steps as PyTorch: %s', (name, { shape, steps }) => {
    const [rows, columns] = shape
    const target = table(rows, columns)
    const chosen = optimizer(name, target)
    const indices = ids.map((id) => Math.min(id, rows - 1))
    // PyTorch's square root is not correctly rounded on the machine of the reference.
    const tolerance = name.startsWith('sgd') ? 0 : 1
    for (const step of steps) {
      const grad = upstream(step.upstream_seed, columns)
      chosen.step(sparse(name) ? sparseBackward(target, indices, grad) : backward(target, indices, grad))
      expect(ulps(target.weight, fromHex(step.w))).toBeLessThanOrEqual(tolerance)
      for (const [key, expected] of Object.entries(step.state)) {
        expect(typeof expected === 'number' ? chosen.steps : toHex(chosen.state[key]!)).toEqual(expected)
      }
      // From the reference's weights, so that one unit of difference does not grow.
      target.weight.set(fromHex(step.w))
    }
  })

  it('say which kind of gradient they take', () => {
    const target = table()
    const grad = new Float32Array(ids.length * 8)
    const [dense, occurrences] = [backward(target, ids, grad), sparseBackward(target, ids, grad)]
    expect(() => createAdam(target).step(occurrences)).toThrow('Adam takes dense gradients; use SparseAdam')
    expect(() => createSparseAdam(target).step(dense)).toThrow('SparseAdam takes sparse gradients; use Adam')
    expect(() => createSgd(target, { momentum: 0.5 }).step(occurrences)).toThrow(
      'SGD with momentum or weight decay takes dense',
    )
    expect(() => createSgd(target, { nesterov: true })).toThrow('Expected a `momentum` above 0')
    expect(() => createAdam(target, { betas: [1, 0.9] })).toThrow(
      'Expected `betas[0]` to be 0 or more and below 1, got `1`',
    )
    expect(() => createAdagrad(target, { learningRate: -1 })).toThrow(
      'Expected `learningRate` to be 0 or more, got `-1`',
    )
    expect(() => createSgd(target).step({ kind: 'dense', values: new Float32Array(3) })).toThrow(
      'Expected a gradient of 80 values, got 3',
    )
  })

  it('bring two tables to a target sum', () => {
    const [token, position] = [
      table(20, 8),
      tableFromWeight({ embeddingDim: 8, weight: new Float32Array(32) }),
    ]
    const [inputs, places] = [Int32Array.of(1, 5, 5, 19), Int32Array.of(0, 1, 2, 3)]
    const steps = [
      createAdamW(token, { learningRate: 0.05 }),
      createSgd(position, { learningRate: 0.1 }),
    ] as const
    const losses: number[] = []
    for (let step = 0; step < 50; step++) {
      const [a, b] = [lookUp(token, inputs), lookUp(position, places)]
      const difference = a.map((value, i) => value + b[i]! - 1)
      losses.push(difference.reduce((sum, value) => sum + value * value, 0))
      const grad = difference.map((value) => 2 * value)
      steps[0].step(backward(token, inputs, grad))
      steps[1].step(sparseBackward(position, places, grad))
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 1000)
  })
})
