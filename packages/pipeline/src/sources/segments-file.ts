import { DatasetError, publishJson, readJson, type DatasetStorage } from '@sluice/dataset'
import * as z from 'zod'
import { RunError } from '../errors.ts'
import { runNames } from '../folder/names.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { segmentSchema } from '../task/task-schema.ts'
import type { RunSegment } from '../task/task.ts'

/** How a run was cut: read by all who carry it out, who need not look at every source for it, and must cut it in one way. */
const segmentsName = `${runNames.tokens}/segments.json`

const count = z.int().nonnegative()

const fileSchema = z.strictObject({
  version: z.literal(1),
  planId: z.hex(),
  segments: z.array(
    z.strictObject({
      source: count,
      segment: segmentSchema,
      count: z.int().min(2).exactOptional(),
      byteLength: count,
    }),
  ),
})

/** Publishes how a run is cut. A run that was cut before stays as it was. */
export async function publishSegments(
  storage: DatasetStorage,
  { planId }: PlannedRun,
  segments: readonly RunSegment[],
): Promise<readonly RunSegment[]> {
  try {
    await publishJson(storage, segmentsName, { version: 1, planId, segments })
    return segments
  } catch (error) {
    if (!(error instanceof DatasetError) || error.code !== 'conflict') throw error
    return readSegments(storage, { planId })
  }
}

/** @throws RunError `unusable-plan` when it is not there, damaged or another run's */
export async function readSegments(
  storage: DatasetStorage,
  run: Pick<PlannedRun, 'planId'>,
): Promise<readonly RunSegment[]> {
  const segments = await findSegments(storage, run)
  if (segments !== undefined) return segments
  throw new RunError(
    'unusable-plan',
    `${storage.location} holds a run that was not planned for shards; plan it with \`sluice plan\`: what is finished stays`,
  )
}

/**
 * Returns how a run was cut; undefined for one that is done by a single process, or was enqueued by an earlier version.
 *
 * @throws RunError `unusable-plan` when the file is damaged or another run's
 */
export async function findSegments(
  storage: DatasetStorage,
  { planId }: Pick<PlannedRun, 'planId'>,
): Promise<readonly RunSegment[] | undefined> {
  if ((await storage.stat(segmentsName)) === undefined) return undefined
  const parsed = fileSchema.safeParse(await readJson(storage, segmentsName))
  if (parsed.success && parsed.data.planId === planId) return parsed.data.segments
  throw new RunError(
    'unusable-plan',
    `${segmentsName} in ${storage.location} is damaged, or another run's; remove it and plan the run again`,
  )
}
