import { EmbeddingError } from '../errors.ts'
import type { EmbeddingTable } from '../table.ts'
import type { DenseGradient, Gradient, SparseGradient } from './gradient.ts'

/**
 * Improves one table, in place, step by step, with the arithmetic of PyTorch 2.13's single-tensor optimizers on a CPU with AVX2.
 *
 * Bit for bit, except that PyTorch's own square root depends on the machine there: weights of steps that take one may
 * differ by one unit of the last place.
 */
export interface Optimizer {
  /** @throws EmbeddingError `shape-mismatch`, or `invalid-argument` for a kind of gradient that it does not take. */
  step(gradient: Gradient): void
  /** Steps taken. */
  readonly steps: number
  /** State of the optimizer, by PyTorch's names, each as large as the table. */
  readonly state: Readonly<Record<string, Float32Array>>
}

/** Rounds to float32. */
export const f = Math.fround

export function denseOf(gradient: Gradient, table: EmbeddingTable, name: string): DenseGradient {
  if (gradient.kind === 'sparse') {
    throw new EmbeddingError(
      'invalid-argument',
      `${name} takes dense gradients; use SparseAdam, SGD or Adagrad`,
    )
  }
  checkLength(gradient.values, table.weight.length)
  return gradient
}

export function sparseOf(gradient: Gradient, table: EmbeddingTable, name: string): SparseGradient {
  if (gradient.kind === 'dense') {
    throw new EmbeddingError('invalid-argument', `${name} takes sparse gradients; use Adam`)
  }
  checkLength(gradient.values, gradient.ids.length * table.embeddingDim)
  return gradient
}

function checkLength(values: Float32Array, expected: number): void {
  if (values.length !== expected) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected a gradient of ${expected} values, got ${values.length}`,
    )
  }
}

/** @throws EmbeddingError `invalid-argument` unless every value is a number from 0 up (and below 1 where a rate decays). */
export function checkRates(rates: Readonly<Record<string, number>>, below = Infinity): void {
  for (const [name, value] of Object.entries(rates)) {
    if (!(value >= 0 && value < below)) {
      const range = below === Infinity ? '0 or more' : `0 or more and below ${below}`
      throw new EmbeddingError('invalid-argument', `Expected \`${name}\` to be ${range}, got \`${value}\``)
    }
  }
}
