import { openRegularFile } from '@sluice/confined-file'
import { EmbeddingError } from '../errors.ts'
import { readValues } from '../load/read-values.ts'
import type { LocatedTensor } from '../load/tensor-file.ts'
import { elements, isStoredDtype } from '../tensor-entry.ts'

/**
 * Reads a whole tensor as float32, whatever its shape.
 *
 * @throws EmbeddingError `unsupported-dtype`, `invalid-file`
 */
export async function readTensor({ name, path, dtype, shape, offset }: LocatedTensor): Promise<Float32Array> {
  if (!isStoredDtype(dtype)) {
    throw new EmbeddingError(
      'unsupported-dtype',
      `${path}: expected ${name} to be F64, F32, F16 or BF16, got ${dtype}; quantized tensors are not read`,
    )
  }
  const values = new Float32Array(elements(shape))
  await using file = await openRegularFile(path)
  await readValues(file, offset, dtype, values, path)
  return values
}
