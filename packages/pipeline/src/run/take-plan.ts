import { checkDiskSpace } from '../estimate/disk-space.ts'
import type { TokenEstimate } from '../estimate/estimate-tokens.ts'
import { takeFolder, type RunFolder } from '../folder/folder.ts'
import { planIdOf, type Plan } from '../plan/plan.ts'
import type { RunSize } from '../estimate/run-size.ts'
import type { RunEvent } from './run-event.ts'
import { runSizeOf } from '../estimate/run-size.ts'

/** What {@link takePlan} is given. */
export interface TakePlanOptions {
  readonly plan: Plan
  /** Folder of the dataset. */
  readonly out: string
  readonly estimate: TokenEstimate
  readonly onEvent: (event: RunEvent) => void
}

/** A plan whose folder is taken: the first task may begin. */
export interface TakenPlan {
  readonly folder: RunFolder
  /** Bytes of all sources. */
  readonly sourceBytes: number
  readonly size: RunSize
}

/**
 * Tells what a plan will take, sees that it fits on the disk, and takes the folder for it.
 *
 * @throws RunError `no-space`, `already-exists` or `not-empty`, before anything is written
 */
export async function takePlan({ plan, out, estimate, onEvent }: TakePlanOptions): Promise<TakenPlan> {
  const { sources, split } = plan
  const sourceBytes = sources.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const size = runSizeOf(plan, estimate, estimate.exact)
  const about = { planId: planIdOf(plan), ...(split && { split }) }
  onEvent({ event: 'planned', ...about, sources: sources.length, sourceBytes, size })
  await checkDiskSpace(out, size)
  return { folder: await takeFolder(out, plan), sourceBytes, size }
}
