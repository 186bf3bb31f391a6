import type { PlannedSourceReader } from '../plan/plan.ts'
import type { RunSegment } from './task.ts'

/** One for all: a corpus may have millions of them. */
const whole = { kind: 'whole' } as const

/**
 * The segments of a group's sources, each on its own: what is done instead where the group cannot be done. A segment that is no
 * group is its own only member.
 */
export async function membersOf(
  segment: RunSegment,
  sources: PlannedSourceReader,
): Promise<readonly RunSegment[]> {
  const { source, count } = segment
  if (count === undefined) return [segment]
  const own = await sources.range(source, count)
  return own.flatMap(({ byteLength }, place): RunSegment[] =>
    // An empty file has no segment: there is nothing to read.
    byteLength === 0 ? [] : [{ source: source + place, segment: whole, byteLength }],
  )
}
