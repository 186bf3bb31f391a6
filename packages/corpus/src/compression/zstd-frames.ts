import { WindowReader } from '../bytes/window-reader.ts'
import type { Block, SeekableSource } from './block.ts'
import { openSeekTable } from './zstd-seek-table.ts'
import { ZstdFrameWalker } from './zstd-frame-walker.ts'

/**
 * Follows the frames of a zstd source by their headers and those of their blocks. How much text a frame gives is what its header
 * says; where that says nothing, what a seek table says of a frame of this length.
 */
export async function* zstdFrames(source: SeekableSource): AsyncGenerator<Block, void, undefined> {
  const reader = new WindowReader(source, source.byteLength)
  let table = await openSeekTable(source)
  for (let start = 0, frame = 0; start < source.byteLength; frame++) {
    const walker = new ZstdFrameWalker()
    const end = await endOfFrame(walker, reader, start, source.byteLength)
    if (end === undefined) return
    const entry = await table?.entry(frame)
    // A table that is wrong about one frame is believed about none that follows.
    if (entry?.storedBytes !== end - start) table = undefined
    const plainBytes = walker.isSkippable ? 0 : (walker.contentBytes ?? (table && entry?.plainBytes))
    yield { start, end, ...(plainBytes !== undefined && { plainBytes }) }
    start = end
  }
}

/** Where a frame ends; undefined where it does not end, or is none. */
async function endOfFrame(
  walker: ZstdFrameWalker,
  reader: WindowReader,
  start: number,
  byteLength: number,
): Promise<number | undefined> {
  let at = start
  try {
    while (!walker.complete) {
      at += walker.passOver(byteLength - at)
      if (walker.complete) break
      const bytes = await reader.from(at, 1)
      if (bytes.length === 0) return undefined
      at += walker.walk(bytes)
    }
  } catch (error) {
    if (isWalkError(error)) return undefined
    throw error
  }
  return at
}

/** What the walker says of bytes that are no frame; whatever reading the source throws has a name of its own. */
function isWalkError(error: unknown): boolean {
  return error instanceof Error && error.constructor === Error && !('code' in error)
}
