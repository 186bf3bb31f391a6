import {
  DatasetError,
  manifestName,
  readRowManifest,
  type DatasetManifest,
  type DatasetStorage,
} from '@sluice/dataset'

/**
 * Finds the dataset of a plan that somebody else committed while this process worked on it: its receipts and ids are removed then,
 * so that whoever still looks for them fails. Two that made other bytes of one plan are told of all the same.
 *
 * @param error what this process failed with
 * @returns undefined where the failure is to be told
 */
export async function committedMeanwhile(
  storage: DatasetStorage,
  planId: string,
  error: unknown,
): Promise<DatasetManifest | undefined> {
  if (error instanceof DatasetError && error.code === 'conflict') return undefined
  if ((await storage.stat(manifestName)) === undefined) return undefined
  const manifest = await readRowManifest(storage)
  return manifest.planId === planId ? manifest : undefined
}
