import { begins } from '../../bytes/begins.ts'
import type { DocumentStream } from '../../documents/document-event.ts'
import type { FormatRecord, SegmentInput } from '../format.ts'
import { segmentBytes } from '../segment-bytes.ts'
import { readArrowFooter } from './footer.ts'
import { fileMark } from './framing.ts'
import { planArrow } from './plan-arrow.ts'
import { readBatches } from './read-batches.ts'
import { readArrowSegment } from './read-segment.ts'
import { readMessages } from './messages.ts'

async function* read(input: SegmentInput): DocumentStream {
  const { source, segment, options, desk } = input
  const { byteLength } = source
  if (segment.kind === 'record-batches') {
    const footer =
      segment.schemaInFooter && byteLength !== undefined
        ? await readArrowFooter(source, byteLength)
        : undefined
    yield* readArrowSegment(input, segment, footer?.fields)
    return
  }
  const { chunks, position } = segmentBytes(input)
  const origin = { source: source.name, position, isPart: false, maxBatchBytes: options.maxBatchBytes }
  yield* readBatches({
    source: source.name,
    messages: readMessages(chunks, origin),
    firstRow: 0,
    options,
    desk,
  })
}

/** Arrow IPC file. */
export const arrowFile: FormatRecord = {
  extensions: ['arrow', 'feather'],
  holds: 'either',
  magic: (head) => begins(head, `${fileMark}\u0000\u0000`),
  planFirst: true,
  plan: (source, options) => planArrow(source, 'arrow-file', options),
  read,
}
