import { DatasetError } from '../errors.ts'
import { readLoneIds } from '../lists/lone-ids.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { Problem } from './problem.ts'

/** Checks the list of lone ids, where a manifest has one. A file that is missing is another check's finding. */
export async function verifyLoneIds(
  storage: DatasetStorage,
  { loneIds, layout }: Pick<DatasetManifest, 'loneIds' | 'layout'>,
): Promise<readonly Problem[]> {
  if (loneIds === undefined) return []
  try {
    for await (const _ of readLoneIds(storage, loneIds, layout.vocabSize));
    return []
  } catch (error) {
    if (!(error instanceof DatasetError) || error.file === undefined) throw error
    if (error.code === 'incomplete') return []
    return [{ code: 'damaged', file: error.file, message: error.message }]
  }
}
