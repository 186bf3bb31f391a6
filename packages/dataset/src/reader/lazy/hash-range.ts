import { createHash } from 'node:crypto'
import { DatasetError } from '../../errors.ts'
import type { TableIdentity } from '../../manifest/manifest.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import type { Reading } from '../reading.ts'

/** Bytes read and hashed at a time. */
const chunkByteLength = 4 << 20

/**
 * Proves that a table is the one that the manifest names.
 *
 * @param keep - receives the bytes, where they are wanted. @default they are read through a buffer
 * @throws DatasetError `mismatch`
 */
export function* hashRange(
  handle: ReadHandle,
  { start, end }: { readonly start: number; readonly end: number },
  table: TableIdentity,
  keep?: Uint8Array,
): Reading<void> {
  const hash = createHash('sha256')
  const buffer = keep ?? new Uint8Array(Math.min(chunkByteLength, end - start))
  for (let position = start; position < end; position += chunkByteLength) {
    const count = Math.min(chunkByteLength, end - position)
    const at = keep === undefined ? 0 : position - start
    const target = buffer.subarray(at, at + count)
    yield [{ handle, target, position }]
    hash.update(target)
  }
  const found = hash.digest('hex')
  if (found === table.sha256) return
  throw new DatasetError(
    'mismatch',
    `${table.name} in ${handle.name} has sha256 ${found}, the manifest names ${table.sha256}: ` +
      'these are not the tables the dataset was made with',
    { file: handle.name },
  )
}
