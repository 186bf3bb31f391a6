import type { TableDtype } from '../dtype.ts'

/**
 * By how much a norm or a projection may differ: torch's and ONNX Runtime's own results differ from build to build by as much.
 *
 * @param values of one computation; the largest of them counts
 */
export function firstBlockTolerance(values: Float32Array, dtype: TableDtype): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  switch (dtype) {
    case 'f32':
      return 4e-6 * Math.max(1, largest)
    case 'f16':
      return 2 ** -10 * largest
    case 'bf16':
      return 2 ** -7 * largest
  }
}
