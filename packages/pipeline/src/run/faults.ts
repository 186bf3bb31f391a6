import type { FaultPlace } from '@sluice/dataset'
import type { PlannedSourceReader } from '../plan/plan.ts'
import type { SourceProblems } from '../tokens/token-receipt.ts'
import type { StreamSegment, TokenIndex } from '../tokens/token-stream.ts'

/** Problems of a corpus' content that were skipped or repaired. */
export interface Faults {
  /** How often, by reason. */
  readonly counts: Readonly<Record<string, number>>
  /** Where first, in the order of the corpus, by reason. */
  readonly first: Readonly<Record<string, readonly FaultPlace[]>>
}

/** Places that are named of each reason. */
const placesKept = 10

/** Adds up the faults of all segments, and the files that hold nothing. */
export async function tallyFaults(sources: PlannedSourceReader, { segments }: TokenIndex): Promise<Faults> {
  const counts: Record<string, number> = {}
  const first: Record<string, FaultPlace[]> = {}
  const add = (reason: string, source: number, count: number, positions: readonly number[]): void => {
    counts[reason] = (counts[reason] ?? 0) + count
    const places = (first[reason] ??= [])
    for (const position of positions.slice(0, placesKept - places.length)) places.push({ source, position })
  }
  const problems = segments.flatMap(problemsOf)
  let next = 0
  let source = -1
  for await (const { byteLength, format } of sources.all()) {
    source++
    // Nothing was read of it: a .txt or flat file of ids is one document, an empty table or list holds none.
    if (byteLength === 0 && (format === 'txt' || format.startsWith('ids-')))
      add('empty-document', source, 1, [0])
    for (; problems[next]?.source === source; next++) {
      for (const [reason, fault] of Object.entries(problems[next]!.problems))
        add(reason, source, fault.count, fault.first)
    }
  }
  return { counts, first }
}

/** The part of a segment's receipt about one of its sources. */
function problemsOf({ receipt }: StreamSegment): readonly SourceProblems[] {
  const { source, rows, problems } = receipt
  return rows === undefined ? [{ source, problems }] : (receipt.problemsOf ?? [])
}
