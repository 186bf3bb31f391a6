import { roundValues, type TableDtype } from '../../dtype.ts'
import type { ModelConfig } from '../model-config.ts'
import type { Scale } from '../recipe.ts'

/** Returns the factor on token vectors as the model rounds it: a float32 value. */
export function scaleFactor(
  { by, rounding }: Scale,
  { config, dtype, dim }: { readonly config: ModelConfig; readonly dtype: TableDtype; readonly dim: number },
): number {
  const factor = Float32Array.of(by === 'sqrt-dim' ? Math.sqrt(dim) : config.number(by))
  if (rounding === 'dtype') roundValues(factor, dtype)
  if (rounding === 'bf16') roundValues(factor, 'bf16')
  return factor[0]!
}
