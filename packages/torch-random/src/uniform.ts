import { TorchRandomError } from './errors.ts'
import type { BitFamily } from './family.ts'
import { fma32 } from './fma32.ts'
import type { Generator } from './generator.ts'

/** How to draw uniform values. */
export interface UniformOptions {
  /** Where the randomness comes from; it advances. */
  readonly generator: Generator
  /** The lower bound, included. @default 0 */
  readonly from?: number
  /** The upper bound, excluded. @default 1 */
  readonly to?: number
  /** Which build's bits: the scaling is fused in `avx2` alone. @default 'avx2' */
  readonly family?: BitFamily
}

/**
 * Fills `target` with uniform values: `torch.Tensor.uniform_(from, to)` and `torch.rand`, one raw draw for a float32 and
 * two for a float64.
 *
 * @throws TorchRandomError `invalid-argument` unless `from <= to`, both finite in the target's type, as is `to - from`.
 */
export function fillUniform(target: Float32Array | Float64Array, options: UniformOptions): void {
  const { generator, family = 'avx2' } = options
  const single = target instanceof Float32Array
  const from = single ? Math.fround(options.from ?? 0) : (options.from ?? 0)
  const to = single ? Math.fround(options.to ?? 1) : (options.to ?? 1)
  const span = single ? Math.fround(to - from) : to - from
  if (!(span >= 0) || !Number.isFinite(span)) {
    throw new TorchRandomError(
      'invalid-argument',
      `Expected finite \`from\` <= \`to\`, got ${from} and ${to}`,
    )
  }
  if (!single) {
    for (let i = 0; i < target.length; i++) target[i] = below(generator.unit53() * span + from, from, to)
    return
  }
  generator.fillUnit24(target)
  if (from === 0 && to === 1) return
  const scale =
    family === 'avx2' ? fma32 : (a: number, b: number, c: number) => Math.fround(Math.fround(a * b) + c)
  for (let i = 0; i < target.length; i++) target[i] = below(scale(target[i]!, span, from), from, to)
}

/** Rounding can reach the excluded bound; PyTorch gives `from` then. */
function below(value: number, from: number, to: number): number {
  return value === to ? from : value
}
