import type { PlannedSourceReader } from '../plan/plan.ts'
import { membersOf } from '../task/source-group.ts'
import { segmentKey, type RunSegment } from '../task/task.ts'
import type { SegmentReceipt } from '../tokens/token-receipt.ts'

/**
 * How many of the first segments receipts in order are of; undefined where they are not of segments cut like these. A group that
 * could not be done as one has the receipts of its members; the segments of a source that was left out have one for all.
 */
export async function segmentsOfReceipts(
  receipts: readonly SegmentReceipt[],
  segments: readonly RunSegment[],
  sources: PlannedSourceReader,
): Promise<number | undefined> {
  let next = 0
  let count = 0
  const takes = (segment: RunSegment): boolean => {
    const receipt = receipts[next]
    if (receipt?.source !== segment.source || receipt.segment !== segmentKey(segment)) return false
    next++
    return true
  }
  let leftOut: number | undefined
  for (const segment of segments) {
    if (segment.source === leftOut) {
      count++
      continue
    }
    if (next === receipts.length) return count
    if (isOfHole(receipts[next]!, segment)) {
      leftOut = segment.source
      next++
      count++
      continue
    }
    if (!takes(segment)) {
      const members = segment.count === undefined ? [] : await membersOf(segment, sources)
      if (members.length === 0 || !members.every(takes)) return undefined
    }
    count++
  }
  return next === receipts.length ? count : undefined
}

function isOfHole({ hole, source, segment: key }: SegmentReceipt, segment: RunSegment): boolean {
  return hole !== undefined && key === 'whole' && segment.count === undefined && source === segment.source
}
