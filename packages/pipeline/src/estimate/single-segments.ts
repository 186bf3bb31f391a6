import type { SourceTable } from '../sources/source-table.ts'
import { eachMember } from '../task/source-group.ts'
import type { RunSegment } from '../task/task.ts'

/** Segments of single sources, each made when it is come to: there may be millions of them. */
export interface SingleSegments extends Iterable<RunSegment> {
  readonly length: number
  /** Bytes of all of them. */
  readonly byteLength: number
}

/**
 * The segments of a corpus whose sources are of some kind, groups taken apart, in order.
 *
 * @param fits whether source `source` is of the kind
 */
export function singleSegments(
  tasks: readonly RunSegment[],
  sources: SourceTable,
  fits: (source: number) => boolean,
): SingleSegments {
  function* each(): Generator<RunSegment, void> {
    for (const task of tasks) {
      for (const segment of eachMember(task, (source) => sources.at(source)!.byteLength))
        if (fits(segment.source)) yield segment
    }
  }
  let length = 0
  let total = 0
  for (const { byteLength } of each()) {
    length++
    total += byteLength
  }
  return { length, byteLength: total, [Symbol.iterator]: each }
}
