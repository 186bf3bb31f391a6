import type { DatasetManifest } from '../manifest/manifest.ts'
import { readManifest } from '../manifest/read-manifest.ts'
import { folderStorage } from '../storage/folder.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { Dataset } from './dataset.ts'
import type { LazyAccess } from './lazy/lazy-file.ts'
import { checkIdentities, type ExpectedIdentities } from './identities.ts'

/** Options of {@link openDataset}. */
export interface OpenDatasetOptions extends LazyAccess {
  /** What the dataset must have been made with; what is left out is not checked. */
  readonly expect?: ExpectedIdentities
}

/**
 * Opens a committed dataset. Reads the manifest only; parts are opened when they are first needed.
 *
 * @param from - a folder, or any storage.
 * @throws DatasetError `not-a-dataset`, `newer-version`, `corrupt`, or `mismatch` where `expect` is not met.
 */
export async function openDataset(
  from: string | DatasetStorage,
  { expect = {}, ...access }: OpenDatasetOptions = {},
): Promise<Dataset> {
  const storage = typeof from === 'string' ? folderStorage(from) : from
  const manifest: DatasetManifest = await readManifest(storage)
  checkIdentities(manifest, expect, storage.location)
  return new Dataset(storage, manifest, access)
}
