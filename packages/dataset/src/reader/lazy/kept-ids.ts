import { createHash } from 'node:crypto'
import { DatasetError } from '../../errors.ts'
import { bytesOf } from '../../layout/typed-array.ts'
import type { TableIdentity } from '../../manifest/manifest.ts'
import { npyHeader } from '../../token-files/npy.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import type { Reading } from '../reading.ts'

/** Gives the row of an id in a table. @throws DatasetError `out-of-range` for an id that has none */
export type RowOfId = (id: number) => number

/** Rows of a whole table. */
export function wholeRows({ shape }: Pick<TableIdentity, 'shape'>): RowOfId {
  const [rows] = shape
  return (id) => {
    if (id >= 0 && id < rows) return id
    throw new DatasetError('out-of-range', `Expected \`id\` in [0, ${rows}), got ${id}`)
  }
}

/**
 * Rows of a pruned table, by the ids that it kept.
 *
 * @throws DatasetError `mismatch` where the file is not the one that the manifest names, `corrupt` where it says impossible ids
 */
export function* readKeptIds(handle: ReadHandle, table: TableIdentity): Reading<RowOfId> {
  const { keptIds, shape } = table
  const [count] = shape
  const { of, sha256 } = keptIds!
  const header = npyHeader('<i4', [count])
  const fail = (code: 'corrupt' | 'mismatch', what: string): DatasetError =>
    new DatasetError(code, `${handle.name} ${what}`, { file: handle.name })
  if (handle.byteLength !== header.byteLength + 4 * count)
    throw fail('corrupt', `has ${handle.byteLength} bytes, expected the ids of ${count} rows`)
  const bytes = new Uint8Array(handle.byteLength)
  yield [{ handle, target: bytes, position: 0 }]
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw fail('mismatch', `is not the one that the manifest names: other ids than those of ${table.name}`)
  const ids = new Int32Array(count)
  bytesOf(ids).set(bytes.subarray(header.byteLength))
  const rows = new Int32Array(of).fill(-1)
  for (const [row, id] of ids.entries()) {
    if (id < 0 || id >= of || (row > 0 && id <= ids[row - 1]!))
      throw fail('corrupt', `says id ${id} of row ${row}`)
    rows[id] = row
  }
  return (id) => {
    const row = rows[id] ?? -1
    if (row >= 0) return row
    const why = `the table was pruned to the ${count} of ${of} ids that occur in its corpus`
    throw new DatasetError('out-of-range', `${table.name} has no row of id ${id}: ${why}`)
  }
}
