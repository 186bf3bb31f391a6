import type { DatasetManifest } from '@sluice/dataset'
import { committedMeanwhile } from '../run/committed-meanwhile.ts'
import type { ShardOutcome } from './missing-tasks.ts'
import type { OpenRun } from './open-shards.ts'

/**
 * Does a step of a run that others work on too. Where the run is committed afterwards, by this step or by somebody else meanwhile,
 * nothing is left to do, and what the run no longer needs is removed, this step's share of it included.
 *
 * @param ofCommitted what the step would have returned for a run that was committed before
 */
export async function untilCommitted<T>(
  { folder, run }: OpenRun,
  step: () => Promise<ShardOutcome<T>>,
  ofCommitted: (manifest: DatasetManifest) => T,
): Promise<ShardOutcome<T>> {
  const { outcome, error } = await step().then(
    (done) => ({ outcome: done, error: undefined }),
    (failure: unknown) => ({ outcome: undefined, error: failure }),
  )
  const manifest = await committedMeanwhile(folder.storage, run.planId, error)
  if (manifest !== undefined) {
    await folder.removeLeftovers()
    return { state: 'done', result: ofCommitted(manifest) }
  }
  if (outcome === undefined) throw error
  return outcome
}
