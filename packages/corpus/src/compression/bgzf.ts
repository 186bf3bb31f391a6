import { begins } from '../bytes/begins.ts'
import { WindowReader } from '../bytes/window-reader.ts'
import type { Block, SeekableSource } from './block.ts'

/** Bytes of the header of a block, whose extra field is one field and no more, and of its checksum and length. */
const bgzfHeaderBytes = 18
const trailerBytes = 8

/** The deflate stream of no bytes. */
const leastDeflateBytes = 2

/**
 * Reads how long a block of BGZF is (the SAM format specification, section 4.1): a member of gzip whose extra field says it. As
 * htslib does, it takes no other extra field beside. Returns undefined for anything else.
 */
function bgzfBlockBytes(head: Uint8Array): number | undefined {
  if (head.length < bgzfHeaderBytes || !begins(head, '\u001f\u008b\u0008\u0004')) return undefined
  if (!begins(head, '\u0006\u0000BC\u0002\u0000', 10)) return undefined
  const byteLength = (head[16]! | (head[17]! << 8)) + 1
  return byteLength < bgzfHeaderBytes + leastDeflateBytes + trailerBytes ? undefined : byteLength
}

/** Follows the blocks of BGZF from header to header. Members of another kind are where it ends. */
export async function* bgzfBlocks(source: SeekableSource): AsyncGenerator<Block, void, undefined> {
  const reader = new WindowReader(source, source.byteLength)
  for (let start = 0; start < source.byteLength;) {
    const byteLength = bgzfBlockBytes(await reader.from(start, bgzfHeaderBytes))
    if (byteLength === undefined || start + byteLength > source.byteLength) return
    const end = start + byteLength
    // The header that follows lies beside: one read for both.
    const last = await reader.from(end - 4, 4 + bgzfHeaderBytes)
    const plainBytes = new DataView(last.buffer, last.byteOffset).getUint32(0, true)
    yield { start, end, plainBytes }
    start = end
  }
}
