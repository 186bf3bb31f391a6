import type { DocumentStream } from '../src/documents/document-event.ts'
import type { SourceFormat } from '../src/formats/source-format.ts'
import type { ReadOptions } from '../src/documents/read-options.ts'
import { ProblemTally, type ProblemCounts } from '../src/problem.ts'
import { readSegment } from '../src/segments/read-segment.ts'
import type { Segment } from '../src/cut/segment.ts'
import type { ByteSource } from '../src/bytes/byte-source.ts'

/** A document put together again; ids as numbers, each with a space after it. */
export interface Collected {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Reads segments one after the other and joins the documents that go across them, checking the order of events. */
export async function collect(streams: Iterable<DocumentStream>): Promise<Collected[]> {
  const documents: Collected[] = []
  let open: { start: number; pieces: Buffer[] } | undefined
  let inside = false
  for (const stream of streams) {
    for await (const batch of stream) {
      if (batch.length === 0) throw new Error('an empty batch')
      for (const event of batch) {
        if (event.kind === 'start') {
          if (inside || event.continued !== (open !== undefined)) throw new Error('start out of place')
          inside = true
          open ??= { start: event.position, pieces: [] }
        } else if (!inside || open === undefined) throw new Error(`${event.kind} out of place`)
        else if (event.kind === 'repair') continue
        else if (event.kind === 'bytes') open.pieces.push(Buffer.from(event.bytes))
        else if (event.kind === 'ids') open.pieces.push(Buffer.from(`${event.ids.join(' ')} `))
        else {
          inside = false
          if (event.continues) continue
          documents.push({
            text: Buffer.concat(open.pieces).toString(),
            start: open.start,
            end: event.position,
          })
          open = undefined
        }
      }
    }
  }
  if (open !== undefined) throw new Error('the last document has no end')
  return documents
}

/** Documents and problems of all segments, each read with a tally of its own. */
export async function collectSegments(
  source: ByteSource,
  format: SourceFormat,
  segments: readonly Segment[],
  options: ReadOptions = {},
): Promise<{ documents: Collected[]; problems: ProblemCounts }> {
  const tallies = segments.map(() => new ProblemTally())
  const documents = await collect(
    segments.map((segment, k) =>
      readSegment(source, format, segment, { ...options, onProblem: (problem) => tallies[k]!.add(problem) }),
    ),
  )
  const problems = new ProblemTally()
  for (const tally of tallies) problems.append(tally.counts())
  return { documents, problems: problems.counts() }
}
