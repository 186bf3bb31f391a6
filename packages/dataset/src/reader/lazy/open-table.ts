import type { TableIdentity } from '../../manifest/manifest.ts'
import type { DatasetStorage, ReadHandle } from '../../storage/storage.ts'
import { runReading } from '../reading.ts'
import { readTensorRange } from './load-table.ts'

/** A table's file, and where in it the bytes of the table begin. Close the handle when done. */
export interface OpenTable {
  readonly handle: ReadHandle
  readonly start: number
}

/** Opens the file that holds a table of a dataset. @throws DatasetError `corrupt` for another table than the identity says */
export async function openTable(storage: DatasetStorage, table: TableIdentity): Promise<OpenTable> {
  const handle = await storage.openRead(table.file)
  try {
    const { start } = await runReading(readTensorRange(handle, table))
    return { handle, start }
  } catch (error) {
    await handle.close()
    throw error
  }
}
