import { roundValues, type TableDtype } from '../../dtype.ts'
import { EmbeddingError } from '../../errors.ts'

/**
 * Rounds float32 values to the compute dtype, to nearest even, in place.
 *
 * @throws EmbeddingError `overflow` where a finite value becomes infinite in float16
 */
export function roundStep(values: Float32Array, dtype: TableDtype, step: string): void {
  if (dtype === 'f32') return
  if (dtype === 'f16') {
    // 65520 is the first value that rounds to infinity.
    const at = values.findIndex((value) => Math.abs(value) >= 65520 && Number.isFinite(value))
    if (at >= 0) {
      throw new EmbeddingError(
        'overflow',
        `${step}: ${values[at]} does not fit in float16, whose largest value is 65504`,
        { hint: { option: 'computeDtype', value: 'bf16', effect: 'has the range of float32' } },
      )
    }
  }
  roundValues(values, dtype)
}
