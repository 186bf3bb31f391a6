import { fma32, pow } from '@sluice/torch-random'
import type { EmbeddingTable } from '../table.ts'
import { coalesce } from './gradient.ts'
import { f, checkRates, denseOf, sparseOf, type Optimizer } from './optimizer.ts'

/** Settings that the Adam family shares. */
export interface AdamOptions {
  /** @default 0.001 */
  readonly learningRate?: number
  /** Decay of the mean and of the mean square. @default [0.9, 0.999] */
  readonly betas?: readonly [number, number]
  /** @default 1e-8 */
  readonly epsilon?: number
  /** Adam adds it to the gradient (default 0); AdamW shrinks the weights (default 0.01); not for SparseAdam. */
  readonly weightDecay?: number
  /** Divide by the largest mean square so far; not for SparseAdam. @default false */
  readonly amsgrad?: boolean
}

/** `torch.optim.Adam` (Kingma and Ba 2015), for dense gradients. */
export function createAdam(table: EmbeddingTable, options: AdamOptions = {}): Optimizer {
  return denseAdam(table, 'Adam', { ...options, weightDecay: options.weightDecay ?? 0 }, false)
}

/** `torch.optim.AdamW` (Loshchilov and Hutter 2019), for dense gradients. */
export function createAdamW(table: EmbeddingTable, options: AdamOptions = {}): Optimizer {
  return denseAdam(table, 'AdamW', { ...options, weightDecay: options.weightDecay ?? 0.01 }, true)
}

function denseAdam(
  table: EmbeddingTable,
  name: string,
  options: AdamOptions & { readonly weightDecay: number },
  decoupled: boolean,
): Optimizer {
  const { learningRate, betas, epsilon, amsgrad, weightDecay } = resolve(options)
  checkRates({ weightDecay })
  const { weight } = table
  const [mean, square] = [new Float32Array(weight.length), new Float32Array(weight.length)]
  const largest = amsgrad ? new Float32Array(weight.length) : undefined
  const [rest1, beta2, rest2] = [f(1 - betas[0]), f(betas[1]), f(1 - betas[1])]
  const [eps, decay, shrink] = [f(epsilon), f(weightDecay), f(1 - learningRate * weightDecay)]
  let steps = 0
  return {
    state: {
      exp_avg: mean,
      exp_avg_sq: square,
      ...(largest && { max_exp_avg_sq: largest }),
    },
    get steps() {
      return steps
    },
    step(gradient) {
      const { values } = denseOf(gradient, table, name)
      steps++
      const step = f(-(learningRate / (1 - pow(betas[0], steps))))
      const correction = f(Math.sqrt(1 - pow(betas[1], steps)))
      for (let i = 0; i < weight.length; i++) {
        let w = weight[i]!
        let g = values[i]!
        if (weightDecay !== 0) {
          if (decoupled) w = f(w * shrink)
          else g = fma32(w, decay, g)
        }
        const m = fma32(rest1, f(g - mean[i]!), mean[i]!)
        const v = fma32(f(rest2 * g), g, f(square[i]! * beta2))
        mean[i] = m
        square[i] = v
        let denominator = v
        if (largest) {
          denominator = Math.max(largest[i]!, v)
          largest[i] = denominator
        }
        denominator = f(f(f(Math.sqrt(denominator)) / correction) + eps)
        weight[i] = w + f(f(step * m) / denominator)
      }
    },
  }
}

/** `torch.optim.SparseAdam`: Adam on the rows that occur, for sparse gradients. */
export function createSparseAdam(
  table: EmbeddingTable,
  options: Omit<AdamOptions, 'weightDecay' | 'amsgrad'> = {},
): Optimizer {
  const { learningRate, betas, epsilon } = resolve(options)
  const { weight, embeddingDim } = table
  const [mean, square] = [new Float32Array(weight.length), new Float32Array(weight.length)]
  const [rest1, rest2, eps] = [f(1 - betas[0]), f(1 - betas[1]), f(epsilon)]
  let steps = 0
  return {
    state: { exp_avg: mean, exp_avg_sq: square },
    get steps() {
      return steps
    },
    step(gradient) {
      const { ids, values } = coalesce(sparseOf(gradient, table, 'SparseAdam'))
      steps++
      const rate = (learningRate * Math.sqrt(1 - pow(betas[1], steps))) / (1 - pow(betas[0], steps))
      const step = f(-rate)
      ids.forEach((id, row) => {
        for (let d = 0; d < embeddingDim; d++) {
          const at = id * embeddingDim + d
          const g = values[row * embeddingDim + d]!
          const [m, v] = [mean[at]!, square[at]!]
          const meanUpdate = f(f(g - m) * rest1)
          const squareUpdate = f(f(f(g * g) - v) * rest2)
          mean[at] = m + meanUpdate
          square[at] = v + squareUpdate
          const denominator = f(f(Math.sqrt(f(squareUpdate + v))) + eps)
          weight[at] = weight[at]! + f(f(f(meanUpdate + m) / denominator) * step)
        }
      })
    },
  }
}

function resolve(options: AdamOptions): Required<AdamOptions> {
  const {
    learningRate = 0.001,
    betas = [0.9, 0.999],
    epsilon = 1e-8,
    amsgrad = false,
    weightDecay = 0,
  } = options
  checkRates({ learningRate, epsilon })
  checkRates({ 'betas[0]': betas[0], 'betas[1]': betas[1] }, 1)
  return { learningRate, betas, epsilon, amsgrad, weightDecay }
}
