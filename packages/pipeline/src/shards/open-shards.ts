import {
  manifestName,
  planName,
  readJson,
  readRowManifest,
  sha256OfJson,
  type DatasetManifest,
} from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { RunFolder } from '../folder/run-folder.ts'
import type { OpenStorage } from '../folder/run-storage.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { readPlan } from '../plan/read-plan.ts'
import { takeApart } from '../run/publish-index.ts'
import type { RunSegment } from '../task/task.ts'
import { readSegments } from '../sources/segments-file.ts'

/** A run that was planned for shards, as its folder shows it. */
export type OpenedShards = OpenRun | CommittedRun

/** One that is under way. */
export interface OpenRun {
  readonly manifest: undefined
  readonly folder: RunFolder
  readonly run: PlannedRun
  readonly segments: readonly RunSegment[]
}

/** One whose dataset is there. */
export interface CommittedRun {
  readonly manifest: DatasetManifest
  readonly folder: RunFolder
}

/**
 * Opens the folder of a run that was planned for shards.
 *
 * @throws RunError `unusable-plan` where it holds none, a damaged one, or one of another version
 */
export async function openShards(path: string, openStorage: OpenStorage): Promise<OpenedShards> {
  const storage = openStorage(path)
  const folder = RunFolder.taken(storage)
  if ((await storage.stat(manifestName)) !== undefined)
    return { manifest: await readRowManifest(storage), folder }
  if ((await storage.stat(planName)) === undefined) {
    throw new RunError(
      'unusable-plan',
      `Expected ${path} to hold a plan, found no ${planName}; make one with \`sluice plan CORPUS --out ${path}\``,
    )
  }
  const run = await readPlan(storage, sha256OfJson(await readJson(storage, planName)))
  const segments = await takeApart(storage, run, await readSegments(storage, run))
  return { manifest: undefined, folder, run, segments }
}
