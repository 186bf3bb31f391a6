import { fma32 } from '@sluice/torch-random'
import { EmbeddingError } from '../errors.ts'
import type { EmbeddingTable } from '../table.ts'
import { f, checkRates, denseOf, sparseOf, type Optimizer } from './optimizer.ts'

/** Settings of {@link createSgd}. */
export interface SgdOptions {
  /** @default 0.001 */
  readonly learningRate?: number
  /** @default 0 */
  readonly momentum?: number
  /** Look ahead by the momentum; needs one. @default false */
  readonly nesterov?: boolean
  /** @default 0 */
  readonly weightDecay?: number
}

/**
 * Stochastic gradient descent (`torch.optim.SGD`). Without momentum and weight decay it takes sparse gradients too, and then
 * touches the occurring rows alone, once for each occurrence.
 *
 * @throws EmbeddingError `invalid-argument`.
 */
export function createSgd(table: EmbeddingTable, options: SgdOptions = {}): Optimizer {
  const { learningRate = 0.001, momentum = 0, nesterov = false, weightDecay = 0 } = options
  checkRates({ learningRate, momentum, weightDecay })
  if (nesterov && momentum === 0) {
    throw new EmbeddingError('invalid-argument', 'Expected a `momentum` above 0 for `nesterov`, got `0`')
  }
  const { weight, embeddingDim } = table
  const [rate, m, decay] = [f(-learningRate), f(momentum), f(weightDecay)]
  const buffer = momentum === 0 ? undefined : new Float32Array(weight.length)
  let steps = 0

  function dense(values: Float32Array): void {
    for (let i = 0; i < weight.length; i++) {
      let g = values[i]!
      if (weightDecay !== 0) g = fma32(weight[i]!, decay, g)
      if (buffer) {
        buffer[i] = steps === 0 ? g : f(buffer[i]! * m) + g
        g = nesterov ? fma32(buffer[i]!, m, g) : buffer[i]!
      }
      weight[i] = fma32(g, rate, weight[i]!)
    }
  }

  return {
    state: buffer ? { momentum_buffer: buffer } : {},
    get steps() {
      return steps
    },
    step(gradient) {
      if (gradient.kind === 'dense' || buffer || weightDecay !== 0) {
        dense(denseOf(gradient, table, 'SGD with momentum or weight decay').values)
      } else {
        const { ids, values } = sparseOf(gradient, table, 'SGD')
        ids.forEach((id, i) => {
          const [to, from] = [id * embeddingDim, i * embeddingDim]
          for (let d = 0; d < embeddingDim; d++) {
            weight[to + d] = fma32(values[from + d]!, rate, weight[to + d]!)
          }
        })
      }
      steps++
    },
  }
}
