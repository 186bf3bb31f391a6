import {
  commitManifest,
  createPartWriter,
  folderStorage,
  resolveLayout,
  type DatasetStorage,
  type LayoutOptions,
  type ManifestHeader,
  type PartBatch,
} from '../src/index.ts'
import { header, planId } from './header.ts'
import { makeRows, pickRows } from './rows.ts'

/** Writes and commits a dataset with parts of these many rows; returns all rows. */
export async function writeDataset(
  to: string | DatasetStorage,
  options: LayoutOptions,
  rowsOfParts: readonly number[],
  changes: Partial<ManifestHeader> = {},
): Promise<PartBatch> {
  const layout = resolveLayout(options)
  const storage = typeof to === 'string' ? folderStorage(to) : to
  const all = makeRows(
    layout,
    rowsOfParts.reduce((total, rows) => total + rows, 0),
  )
  let firstWindow = 0
  for (const [index, rows] of rowsOfParts.entries()) {
    await using writer = createPartWriter({ storage, layout, planId, index, firstWindow })
    // The writer counts windows on its own where a batch does not number them.
    const { window: _, ...uncounted } = pickRows(all, firstWindow, rows)
    await writer.append(uncounted)
    await writer.finish({ documents: 2 })
    firstWindow += rows
  }
  const columns = layout.kept?.names.map((name) => ({ name, field: name, nulls: 0 }))
  const table = columns && { documentTable: { columns, files: [] } }
  await commitManifest(storage, { ...header(layout, rowsOfParts.length), ...table, ...changes })
  return all
}
