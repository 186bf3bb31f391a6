import { CorpusError } from '../errors.ts'
import type { BlockSegment } from './segment.ts'

/**
 * The text of a segment out of what its blocks give. Its own blocks must end where the next segment's begin, in the source and in the
 * text: with that, segment after segment, all are those that a reader of the whole finds. Every block is read to its end, so that what a
 * checksum speaks for is checked before the segment ends.
 *
 * @param decompress decompresses the blocks that lie in a range of the source, which must end with one of them
 * @throws CorpusError `broken-file` where they give other than was planned
 */
export async function* textOfBlocks(
  { start, skip, stored, next }: BlockSegment,
  decompress: (range: { readonly start: number; readonly end: number }) => AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const given = yield* between(decompress(stored), skip, Infinity)
  if (next === undefined) return
  if (given !== next.after) throw wrongSize(source, start - skip, given, next.after)
  const more = yield* between(decompress({ start: stored.end, end: next.storedEnd }), 0, next.bytes)
  if (more < next.bytes) throw wrongSize(source, start - skip + next.after, more, next.bytes)
}

/** Passes on the bytes `[from, to)` of a stream, and returns how many it has. */
async function* between(
  chunks: AsyncIterable<Uint8Array>,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array, number, undefined> {
  let position = 0
  for await (const chunk of chunks) {
    const piece = chunk.subarray(Math.max(0, from - position), Math.max(0, to - position))
    position += chunk.length
    if (piece.length > 0) yield piece
  }
  return position
}

function wrongSize(source: string, at: number, got: number, expected: number): CorpusError {
  const message = `the blocks of the text at ${at} give ${got} bytes, and the file says that they give ${expected}; compress it again`
  return new CorpusError('broken-file', message, { source })
}
