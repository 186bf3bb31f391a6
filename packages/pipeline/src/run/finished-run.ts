import {
  holdsTokenFiles,
  manifestName,
  readRowManifest,
  readTokenManifest,
  type DatasetManifest,
  type DatasetStorage,
  type TokenManifest,
} from '@sluice/dataset'
import { RunFolder } from '../folder/run-folder.ts'
import { runNames } from '../folder/names.ts'
import { summaryOf, type RunSummary } from './run-summary.ts'

/**
 * Finds the dataset of a plan that an earlier run finished, and removes what that run left if it was killed after its commit.
 *
 * @returns `undefined` where the folder holds no dataset, or another plan's
 */
export async function findFinished(
  storage: DatasetStorage,
  planId: string,
): Promise<DatasetManifest | TokenManifest | undefined> {
  if ((await storage.stat(manifestName)) === undefined) return undefined
  const isFlat = await holdsTokenFiles(storage)
  const manifest = await (isFlat ? readTokenManifest(storage) : readRowManifest(storage))
  if (manifest.planId !== planId) return undefined
  // Copies of sources, made to see that they are the same.
  await storage.removeFolder(runNames.spool)
  await RunFolder.taken(storage).removeLeftovers()
  return manifest
}

/** Returns the summary of a dataset that was there already: nothing was done, so it took no time. */
export async function summarizeFinished(
  storage: DatasetStorage,
  manifest: DatasetManifest | TokenManifest,
  out: string,
): Promise<RunSummary> {
  const facts = { out, sourceBytes: manifest.totals.sourceByteLength, seconds: 0, provider: null }
  return { ...(await summaryOf(storage, manifest, facts)), alreadyDone: true, tokens: null }
}
