import * as z from 'zod'
import { DatasetError } from '../../errors.ts'
import { elementsPerRow } from '../../layout/columns.ts'
import { datasetLimits } from '../../limits.ts'
import { parseJson } from '../../storage/read-json.ts'
import { bytesOf } from '../../layout/typed-array.ts'
import type { TableIdentity } from '../../manifest/manifest.ts'
import type { Reading } from '../reading.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import { hashRange } from './hash-range.ts'

/** The format's names of our dtypes. */
const safetensorsDtype = {
  f32: { name: 'F32', byteLength: 4 },
  f16: { name: 'F16', byteLength: 2 },
  bf16: { name: 'BF16', byteLength: 2 },
} as const

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number()),
  data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
})

/**
 * Loads a float32 table from its safetensors file and proves that it is the one the manifest names.
 *
 * @throws DatasetError `corrupt` for a damaged file, `mismatch` for other bytes, `invalid-argument` for another dtype.
 */
export function* loadTable(handle: ReadHandle, table: TableIdentity): Reading<Float32Array> {
  if (table.dtype !== 'f32') {
    throw new DatasetError(
      'invalid-argument',
      `Expected ${table.name} to be f32 to be added up, got ${table.dtype}`,
    )
  }
  const range = yield* readTensorRange(handle, table)
  const values = new Float32Array(elementsPerRow(table))
  yield* hashRange(handle, range, table, bytesOf(values))
  return values
}

/** Finds where a tensor's bytes lie, and checks that they are as many as its shape needs. */
export function* readTensorRange(
  handle: ReadHandle,
  { name, shape, dtype }: TableIdentity,
): Reading<{ readonly start: number; readonly end: number }> {
  const prefix = new Uint8Array(8)
  yield [{ handle, target: prefix, position: 0 }]
  const headerByteLength = Number(new DataView(prefix.buffer).getBigUint64(0, true))
  const dataStart = prefix.byteLength + headerByteLength
  const damaged = (what: string, cause?: unknown): DatasetError =>
    new DatasetError('corrupt', `${handle.name} is damaged: ${what}`, {
      file: handle.name,
      position: 0,
      cause,
    })
  if (headerByteLength > datasetLimits.tableHeaderBytes || dataStart > handle.byteLength) {
    throw damaged(`a header of ${headerByteLength} bytes cannot be`)
  }
  const header = new Uint8Array(headerByteLength)
  yield [{ handle, target: header, position: prefix.byteLength }]
  let tensors: unknown
  try {
    tensors = parseJson(header)
  } catch (error) {
    throw damaged('its header is not JSON', error)
  }
  const entries = z.record(z.string(), z.unknown()).safeParse(tensors).data ?? {}
  const tensor = tensorSchema.safeParse(entries[name])
  const ends = Object.values(entries).map((one) => tensorSchema.safeParse(one).data?.data_offsets[1] ?? 0)
  // The format's own rule: nothing lies after the last tensor.
  const end = dataStart + ends.reduce((most, one) => Math.max(most, one), 0)
  if (end !== handle.byteLength) throw damaged(`its tensors end at byte ${end} of ${handle.byteLength}`)
  if (!tensor.success) throw damaged(`it has no tensor ${name}`, tensor.error)
  const { data_offsets: offsets } = tensor.data
  const expected = safetensorsDtype[dtype]
  const byteLength = expected.byteLength * elementsPerRow({ shape })
  const fits = offsets[1] - offsets[0] === byteLength && dataStart + offsets[1] <= handle.byteLength
  if (tensor.data.dtype !== expected.name || tensor.data.shape.join() !== shape.join() || !fits) {
    const { dtype: found, shape: sizes } = tensor.data
    throw damaged(
      `it has ${name} as ${found} [${sizes.join(', ')}], expected ${expected.name} [${shape.join(', ')}]`,
    )
  }
  return { start: dataStart + offsets[0], end: dataStart + offsets[1] }
}
