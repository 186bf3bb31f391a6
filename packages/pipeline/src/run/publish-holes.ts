import type { DatasetStorage, Hole } from '@sluice/dataset'
import type { PlannedRun } from '../plan/planned-run.ts'
import { openPlannedSources } from '../sources/planned-sources.ts'
import { membersOf } from '../task/source-group.ts'
import type { RunSegment } from '../task/task.ts'
import { publishHole } from '../tokens/publish-hole.ts'

/** Leaves out sources before anything of them is read: as if every task of theirs had been given up. */
export async function publishHoles(
  storage: DatasetStorage,
  { plan, planId }: PlannedRun,
  segments: readonly RunSegment[],
  holes: readonly Hole[],
): Promise<void> {
  const sources = openPlannedSources(storage, plan.sources)
  for (const segment of segments) {
    const { source: first, count = 1 } = segment
    const own = holes.filter(({ source }) => source >= first && source < first + count)
    if (own.length === 0) continue
    for (const member of await membersOf(segment, sources)) {
      const hole = own.find(({ source }) => source === member.source)
      if (hole !== undefined) await publishHole(storage, planId, member, hole.reason)
    }
  }
}
