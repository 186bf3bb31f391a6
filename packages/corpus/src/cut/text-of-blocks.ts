import { CorpusError } from '../errors.ts'
import type { BlockSegment } from './segment.ts'

/**
 * The text of a segment out of what its blocks give. The blocks are read to their end: what a checksum speaks for is checked before the
 * segment ends.
 *
 * @throws CorpusError `broken-file` where they give other than was planned
 */
export async function* textOfBlocks(
  chunks: AsyncIterable<Uint8Array>,
  { start, end, skip, plainBytes }: BlockSegment,
  source: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const to = end === undefined ? Infinity : skip + end - start
  let position = 0
  for await (const chunk of chunks) {
    const piece = chunk.subarray(Math.max(0, skip - position), Math.max(0, to - position))
    position += chunk.length
    if (piece.length > 0) yield piece
  }
  const isAsPlanned = plainBytes === undefined ? end === undefined || position >= to : position === plainBytes
  if (isAsPlanned) return
  const message = `the blocks at ${start} give ${position} bytes of text, and the file says that they give ${plainBytes ?? to}; compress it again`
  throw new CorpusError('broken-file', message, { source })
}
