import { EmbeddingError } from '../errors.ts'
import { openFile } from '../load/open-file.ts'
import { readValues } from '../load/read-values.ts'
import type { LocatedTensor } from '../load/tensor-file.ts'
import { elements, isStoredDtype } from '../tensor-entry.ts'

/** Values of the largest tensor that is read as a whole: 1 GiB. Token tables are never. */
const mostValues = 1 << 28

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
  const count = elements(shape)
  if (count > mostValues) {
    throw new EmbeddingError(
      'invalid-file',
      `${path}: expected ${name} to have at most ${mostValues} values, as positions, norms and projections have, got [${shape.join(', ')}]`,
    )
  }
  const values = new Float32Array(count)
  await using file = await openFile(path)
  await readValues(file, offset, dtype, values, path)
  return values
}
