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
  return [...eachMember(segment, (index) => own[index - source]!.byteLength)]
}

/** The same of sources that are held, one after the other. @param byteLengthOf a source by its number */
export function* eachMember(
  segment: RunSegment,
  byteLengthOf: (source: number) => number,
): Generator<RunSegment, void> {
  const { source: first, count } = segment
  if (count === undefined) yield segment
  else
    for (let source = first; source < first + count; source++) {
      const byteLength = byteLengthOf(source)
      // An empty file has no segment: there is nothing to read.
      if (byteLength > 0) yield { source, segment: whole, byteLength }
    }
}
