import { DatasetError } from '../../errors.ts'
import type { DatasetManifest } from '../../manifest/manifest.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import type { Reading } from '../reading.ts'
import type { LazyEmbeddings } from './lazy-embeddings.ts'
import { openModelRows } from './model-rows.ts'
import { openTableSums, tablesOf } from './table-sums.ts'

/** The file that the embeddings are made from. @throws DatasetError `corrupt` where the manifest names none */
export function fileOfLazy(manifest: DatasetManifest): string {
  const { model, tables } = manifest.identities
  if (model === undefined) return tablesOf(manifest).token.file
  const table = tables.find(({ name }) => name === model.table)
  if (table !== undefined) return table.file
  throw new DatasetError('corrupt', `The manifest names no table ${model.table}`, { file: 'manifest.json' })
}

/**
 * Opens what makes the embeddings, and proves by hashes that it is what the dataset was made with.
 *
 * @param handle - the file of {@link fileOfLazy}; it must stay open
 */
export function openLazy(manifest: DatasetManifest, handle: ReadHandle): Reading<LazyEmbeddings> {
  return manifest.identities.model === undefined
    ? openTableSums(manifest, handle)
    : openModelRows(manifest, handle)
}
