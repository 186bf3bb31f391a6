import type { DocumentStream } from '../../documents/document-event.ts'
import type { RecordBatchSegment } from '../../cut/segment.ts'
import type { SegmentInput } from '../format.ts'
import { readMessages, type ArrowMessage } from './messages.ts'
import { readBatches } from './read-batches.ts'
import type { ArrowField } from './schema.ts'

/** Reads the record batches of one segment, with the schema and the dictionaries before them. */
export function readArrowSegment(
  { source, options, desk }: SegmentInput,
  segment: RecordBatchSegment,
  fields?: readonly ArrowField[],
): DocumentStream {
  const origin = { source: source.name, isPart: true, maxBatchBytes: options.maxBatchBytes }
  async function* messages(): AsyncGenerator<ArrowMessage, void, undefined> {
    for (const range of [segment.prelude, segment]) {
      // The footer's schema counts, where there is one.
      for await (const message of readMessages(source.stream(range), { ...origin, position: range.start }))
        if (message.content.kind !== 'schema' || fields === undefined) yield message
    }
  }
  return readBatches({
    source: source.name,
    messages: messages(),
    firstRow: segment.firstRow,
    options,
    desk,
    ...(fields !== undefined && { fields }),
  })
}
