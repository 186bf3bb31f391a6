import { DatasetError } from '../../errors.ts'
import type { DatasetManifest, TableIdentity } from '../../manifest/manifest.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import type { Reading } from '../reading.ts'
import type { LazyEmbeddings, OpenLazyOptions } from './lazy-embeddings.ts'
import { readKeptIds, wholeRows } from './kept-ids.ts'
import { openModelRows } from './model-rows.ts'
import { openTableSums, tablesOf } from './table-sums.ts'

/** The token table that the embeddings are made from. @throws DatasetError `corrupt` where the manifest names none */
function tokenTableOf(manifest: DatasetManifest): TableIdentity {
  const { model, tables } = manifest.identities
  if (model === undefined) return tablesOf(manifest).token
  const table = tables.find(({ name }) => name === model.table)
  if (table !== undefined) return table
  throw new DatasetError('corrupt', `The manifest names no table ${model.table}`, { file: 'manifest.json' })
}

/** The files of a dataset that the embeddings are made from: the tables, and the ids of a pruned one; or a tensor of a checkpoint. */
export function filesOfLazy(manifest: DatasetManifest): readonly string[] | TableIdentity {
  const table = tokenTableOf(manifest)
  if (table.checkpoint !== undefined) return table
  const { file, keptIds } = table
  return [file, ...(keptIds === undefined ? [] : [keptIds.file])]
}

/**
 * Opens what makes the embeddings, and proves by hashes that it is what the dataset was made with.
 *
 * @param handles - the files of {@link filesOfLazy}; they must stay open
 */
export function* openLazy(
  manifest: DatasetManifest,
  handles: readonly ReadHandle[],
  options: OpenLazyOptions,
): Reading<LazyEmbeddings> {
  const [handle, ofIds] = handles
  const table = tokenTableOf(manifest)
  const rowOf = ofIds === undefined ? wholeRows(table) : yield* readKeptIds(ofIds, table)
  return yield* manifest.identities.model === undefined
    ? openTableSums(manifest, handle!, rowOf)
    : openModelRows(manifest, handle!, { rowOf, ...options })
}
