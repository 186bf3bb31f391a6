import type { ByteRange } from '../bytes/byte-source.ts'
import { textOfBlocks } from '../cut/text-of-blocks.ts'
import { decompress } from '../compression/decompress.ts'
import { CorpusError } from '../errors.ts'
import type { Segment } from '../cut/segment.ts'
import type { SegmentInput } from './format.ts'

/** The decompressed bytes of a segment that is a range of bytes, lies in blocks, or is the whole source. */
export interface SegmentBytes {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Offset of the first byte in the source. */
  readonly position: number
  /** Whether the segment ends before its source does. */
  readonly continues: boolean
}

/** @throws CorpusError `wrong-format` for a segment of another kind of format */
export function segmentBytes({ source, compression, segment, options }: SegmentInput): SegmentBytes {
  if (segment.kind === 'blocks') {
    const blocks = (range: ByteRange): AsyncIterable<Uint8Array> =>
      decompress(source.stream(range), compression, source.name, options)
    return {
      chunks: textOfBlocks(segment, blocks, source.name),
      position: segment.start,
      continues: segment.end !== undefined,
    }
  }
  if (segment.kind !== 'bytes' && segment.kind !== 'whole') throw wrongSegment(source.name, segment)
  const range = segment.kind === 'bytes' ? { start: segment.start, end: segment.end } : {}
  return {
    chunks: decompress(source.stream(range), compression, source.name, options),
    position: segment.kind === 'bytes' ? segment.start : 0,
    continues: segment.kind === 'bytes' && segment.end !== source.byteLength,
  }
}

/** An error for a segment that was not planned from this source. */
export function wrongSegment(source: string, { kind }: Segment): CorpusError {
  return new CorpusError('wrong-format', `has no segment of the kind ${kind}; plan its segments again`, {
    source,
  })
}
