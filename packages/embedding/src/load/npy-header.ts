import type { FileHandle } from 'node:fs/promises'
import { EmbeddingError } from '../errors.ts'
import { elements, storedBytes, type StoredDtype, type TensorEntry } from '../tensor-entry.ts'

const formats: Readonly<Record<string, StoredDtype>> = { '<f8': 'F64', '<f4': 'F32', '<f2': 'F16' }

/**
 * Reads the header of a NumPy `.npy` file (versions 1 to 3).
 *
 * @throws EmbeddingError `invalid-file`, or `unsupported-dtype` for anything but little-endian f2, f4 and f8 in C order.
 */
export async function readNpyHeader(file: FileHandle, path: string): Promise<TensorEntry> {
  const { size } = await file.stat()
  const prefix = new Uint8Array(12)
  await file.read(prefix, 0, prefix.length, 0)
  const view = new DataView(prefix.buffer)
  const magic = Buffer.from(prefix.subarray(0, 6)).toString('latin1')
  const major = prefix[6] ?? 0
  if (magic !== '\u0093NUMPY' || major < 1 || major > 3)
    throw invalid(path, 'not a .npy file of version 1 to 3')
  const start = major === 1 ? 10 : 12
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (start + length > size) throw invalid(path, `its header is cut (${size} bytes)`)
  const header = Buffer.alloc(length)
  await file.read(header, 0, length, start)
  return parse(header.toString('latin1'), start + length, size, path)
}

/** The header is a Python dict literal whose three keys NumPy writes in a fixed way. */
function parse(header: string, offset: number, size: number, path: string): TensorEntry {
  const descr = /'descr': *'([^']*)'/u.exec(header)?.[1]
  const order = /'fortran_order': *(True|False)/u.exec(header)?.[1]
  const dimensions = /'shape': *\(([\d, ]*)\)/u.exec(header)?.[1]
  if (descr === undefined || order === undefined || dimensions === undefined) {
    throw invalid(path, 'its header has no plain descr, fortran_order and shape')
  }
  const dtype = formats[descr]
  if (!dtype || order === 'True') {
    throw new EmbeddingError(
      'unsupported-dtype',
      `${path}: expected little-endian floats in C order (<f2, <f4, <f8), got ${descr}${order === 'True' ? ' in Fortran order' : ''}; save np.ascontiguousarray(a, dtype='<f4')`,
    )
  }
  const shape = dimensions
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number)
  const byteLength = elements(shape) * storedBytes[dtype]
  if (offset + byteLength !== size) {
    throw invalid(
      path,
      `[${shape.join(', ')}] takes ${byteLength} bytes, but ${size - offset} follow the header`,
    )
  }
  return { dtype, shape, offset, byteLength }
}

function invalid(path: string, why: string): EmbeddingError {
  return new EmbeddingError('invalid-file', `${path}: ${why}`)
}
