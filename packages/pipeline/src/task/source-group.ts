import type { PlannedSource } from '../plan/plan.ts'
import type { RunSegment } from './task.ts'

/**
 * The segments of a group's sources, each on its own: what is done instead where the group cannot be done. A segment that is no
 * group is its own only member.
 */
export function membersOf(segment: RunSegment, sources: readonly PlannedSource[]): readonly RunSegment[] {
  const { source, count } = segment
  if (count === undefined) return [segment]
  return sources.slice(source, source + count).flatMap(({ byteLength }, place): RunSegment[] =>
    // An empty file has no segment: there is nothing to read.
    byteLength === 0 ? [] : [{ source: source + place, segment: { kind: 'whole' }, byteLength }],
  )
}
