import { manifestName, readManifest, type DatasetManifest, type DatasetStorage } from '@sluice/dataset'
import { join } from 'node:path'
import { RunFolder } from '../folder/run-folder.ts'
import { runNames } from '../folder/names.ts'
import { inputsOf, nameFaults, type RunSummary } from './run-summary.ts'

/**
 * Finds the dataset of a plan that an earlier run finished, and removes what that run left if it was killed after its commit.
 *
 * @returns `undefined` where the folder holds no dataset, or another plan's
 */
export async function findFinished(
  storage: DatasetStorage,
  planId: string,
): Promise<DatasetManifest | undefined> {
  if ((await storage.stat(manifestName)) === undefined) return undefined
  const manifest = await readManifest(storage)
  if (manifest.planId !== planId) return undefined
  // Copies of sources, made to see that they are the same.
  await storage.removeFolder(runNames.spool)
  await RunFolder.taken(storage).removeLeftovers()
  return manifest
}

/** Returns the summary of a dataset that was there already: nothing was done, so it took no time. */
export async function summarizeFinished(
  storage: DatasetStorage,
  manifest: DatasetManifest,
  out: string,
): Promise<RunSummary> {
  const { planId, totals, parts, dropped } = manifest
  return {
    planId,
    alreadyDone: true,
    windows: totals.rows,
    tokens: null,
    byteLength: totals.byteLength,
    sourceBytes: totals.sourceByteLength,
    seconds: 0,
    provider: null,
    firstPart: join(out, parts[0]?.name ?? ''),
    dropped,
    faults: await nameFaults(storage, manifest),
    inputs: inputsOf(manifest),
    kept: manifest.documentTable?.columns ?? [],
  }
}
