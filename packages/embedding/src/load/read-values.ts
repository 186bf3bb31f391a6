import type { FileHandle } from 'node:fs/promises'
import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import { EmbeddingError } from '../errors.ts'
import { bytesOf } from '../table.ts'
import type { StoredDtype } from '../tensor-entry.ts'

/** Read at a time: long enough for the disk, short enough that the event loop is never held up for long. */
const sliceValues = 1 << 20

/** Reads values from `offset` on into `target`, widening or narrowing them to float32 in slices; f32 goes there directly. */
export async function readValues(
  file: FileHandle,
  offset: number,
  dtype: StoredDtype,
  target: Float32Array,
  path: string,
): Promise<void> {
  if (dtype === 'F32') return readSlices(file, offset, target, path)
  const slice = new (dtype === 'F64' ? Float64Array : Uint16Array)(Math.min(sliceValues, target.length))
  for (let start = 0; start < target.length; start += slice.length) {
    const wanted = target.subarray(start, start + slice.length)
    const stored = slice.subarray(0, wanted.length)
    await readSlices(file, offset + start * slice.BYTES_PER_ELEMENT, stored, path)
    if (stored instanceof Float64Array) wanted.set(stored)
    else if (dtype === 'F16') decodeFloat16(stored, wanted)
    else decodeBfloat16(stored, wanted)
  }
}

async function readSlices(
  file: FileHandle,
  offset: number,
  target: ArrayBufferView,
  path: string,
): Promise<void> {
  const bytes = bytesOf(target)
  let done = 0
  while (done < bytes.length) {
    const length = Math.min(bytes.length - done, sliceValues * 8)
    const { bytesRead } = await file.read(bytes, done, length, offset + done)
    if (bytesRead === 0) {
      throw new EmbeddingError(
        'invalid-file',
        `${path}: ends at byte ${offset + done}; it was cut while being read`,
      )
    }
    done += bytesRead
  }
}
