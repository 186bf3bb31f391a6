import { DatasetError } from '../errors.ts'
import { listsFolder } from '../layout/names.ts'
import { isSourceList, openSources } from '../lists/sources.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { Problem } from './problem.ts'

/** Checks the list of sources, where a manifest has one: its files and the bytes that all sources have. */
export async function verifySources(
  storage: DatasetStorage,
  { sources }: Pick<DatasetManifest, 'sources'>,
  found: ReadonlySet<string>,
): Promise<readonly Problem[]> {
  if (!isSourceList(sources)) return []
  let byteLength = 0
  try {
    for await (const source of openSources(storage, sources).all()) byteLength += source.byteLength
  } catch (error) {
    if (!(error instanceof DatasetError) || error.file === undefined) throw error
    // A file that is missing is another check's finding.
    if (!found.has(error.file)) return []
    return [{ code: 'damaged', file: error.file, message: error.message }]
  }
  if (byteLength === sources.byteLength) return []
  const message = `The listed sources have ${byteLength} bytes, the manifest says ${sources.byteLength}`
  return [{ code: 'damaged', file: listsFolder, message }]
}
