import { fma32 } from '@sluice/torch-random'
import type { EmbeddingTable } from '../table.ts'
import { coalesce } from './gradient.ts'
import { f, checkRates, denseOf, sparseOf, type Optimizer } from './optimizer.ts'

/** Settings of {@link createAdagrad}. */
export interface AdagradOptions {
  /** @default 0.01 */
  readonly learningRate?: number
  /** @default 1e-10 */
  readonly epsilon?: number
}

/** `torch.optim.Adagrad` (Duchi et al. 2011), for dense and sparse gradients. */
export function createAdagrad(table: EmbeddingTable, options: AdagradOptions = {}): Optimizer {
  const { learningRate = 0.01, epsilon = 1e-10 } = options
  checkRates({ learningRate, epsilon })
  const { weight, embeddingDim } = table
  const sum = new Float32Array(weight.length)
  const [rate, eps] = [f(-learningRate), f(epsilon)]
  let steps = 0

  function dense(values: Float32Array): void {
    for (let i = 0; i < weight.length; i++) {
      const g = values[i]!
      sum[i] = fma32(g, g, sum[i]!)
      weight[i] = weight[i]! + f(f(rate * g) / f(f(Math.sqrt(sum[i]!)) + eps))
    }
  }

  function sparse(ids: Int32Array, values: Float32Array): void {
    ids.forEach((id, row) => {
      for (let d = 0; d < embeddingDim; d++) {
        const at = id * embeddingDim + d
        const g = values[row * embeddingDim + d]!
        sum[at] = f(g * g) + sum[at]!
        weight[at] = fma32(f(g / f(f(Math.sqrt(sum[at])) + eps)), rate, weight[at]!)
      }
    })
  }

  return {
    state: { sum },
    get steps() {
      return steps
    },
    step(gradient) {
      if (gradient.kind === 'dense') dense(denseOf(gradient, table, 'Adagrad').values)
      else {
        const { ids, values } = coalesce(sparseOf(gradient, table, 'Adagrad'))
        sparse(ids, values)
      }
      steps++
    },
  }
}
