import { begins } from '../../bytes/begins.ts'
import type { DocumentStream } from '../../documents/document-event.ts'
import type { FormatRecord, SegmentInput } from '../format.ts'
import { segmentBytes } from '../segment-bytes.ts'
import { readMessages } from './messages.ts'
import { planArrow } from './plan-arrow.ts'
import { readBatches } from './read-batches.ts'
import { readArrowSegment } from './read-segment.ts'

/** A continuation mark, then the length of a schema message, which is a multiple of 8. */
function isArrowStream(head: Uint8Array): boolean {
  if (!begins(head, '\u00ff\u00ff\u00ff\u00ff') || head.length < 8) return false
  const length = new DataView(head.buffer, head.byteOffset).getInt32(4, true)
  return length > 0 && length % 8 === 0
}

function read(input: SegmentInput): DocumentStream {
  const { source, segment, options, desk } = input
  if (segment.kind === 'record-batches') return readArrowSegment(input, segment)
  const { chunks, position } = segmentBytes(input)
  const origin = { source: source.name, position, isPart: false, maxBatchBytes: options.maxBatchBytes }
  return readBatches({
    source: source.name,
    messages: readMessages(chunks, origin),
    firstRow: 0,
    options,
    desk,
  })
}

/** Arrow IPC stream. */
export const arrowStream: FormatRecord = {
  extensions: ['arrows'],
  holds: 'either',
  magic: isArrowStream,
  plan: (source, options) => planArrow(source, 'arrow-stream', options),
  read,
}
