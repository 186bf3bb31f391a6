import { encodeBfloat16, encodeFloat16 } from '@sluice/torch-random'
import { EmbeddingError } from '@sluice/embedding'

/**
 * Float32 values as a dataset keeps them: themselves, or bits of a half format in `memory`, rounded to nearest even.
 *
 * @throws EmbeddingError `overflow` where a finite value has no float16
 */
export function storedAs(
  dtype: 'f32' | 'f16' | 'bf16',
  values: Float32Array,
  memory: Uint16Array,
): Float32Array | Uint16Array {
  if (dtype === 'f32') return values
  const bits = memory.subarray(0, values.length)
  if (dtype === 'bf16') {
    encodeBfloat16(values, bits)
    return bits
  }
  encodeFloat16(values, bits)
  const at = bits.findIndex((half, i) => (half & 0x7fff) === 0x7c00 && Number.isFinite(values[i]))
  if (at === -1) return bits
  throw new EmbeddingError(
    'overflow',
    `A vector has the value ${values[at]}, which does not fit in float16, whose largest value is 65504`,
    { hint: { option: 'dtype', value: 'bf16', effect: 'has the range of float32' } },
  )
}
