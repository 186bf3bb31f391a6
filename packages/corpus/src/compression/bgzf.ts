import { crc32, inflateRawSync } from 'node:zlib'
import { begins } from '../bytes/begins.ts'
import { WindowReader } from '../bytes/window-reader.ts'
import type { Block, SeekableSource } from './block.ts'

/** Bytes of the header of a block, whose extra field is one field and no more, and of its checksum and length. */
export const bgzfHeaderBytes = 18
const trailerBytes = 8

/** The deflate stream of no bytes. */
const leastDeflateBytes = 2

/** A block gives at most this many bytes. */
const mostPlainBytes = 1 << 16

/**
 * Reads how long a block of BGZF is (the SAM format specification, section 4.1): a member of gzip whose extra field says it. As
 * htslib does, it takes no other extra field beside. Returns undefined for anything else.
 */
export function bgzfBlockBytes(head: Uint8Array): number | undefined {
  if (head.length < bgzfHeaderBytes || !begins(head, '\u001f\u008b\u0008\u0004')) return undefined
  if (!begins(head, '\u0006\u0000BC\u0002\u0000', 10)) return undefined
  const byteLength = (head[16]! | (head[17]! << 8)) + 1
  return byteLength < bgzfHeaderBytes + leastDeflateBytes + trailerBytes ? undefined : byteLength
}

/** Decompresses one block. @throws Error where it is not what its header and its end say, in the words of zlib */
export function inflateBgzfBlock(block: Uint8Array): Uint8Array {
  const body = block.subarray(bgzfHeaderBytes, block.length - trailerBytes)
  const { plain, usedBytes } = inflate(body)
  if (usedBytes !== body.length) throw new Error('a block ends before the place that its header says')
  const view = new DataView(block.buffer, block.byteOffset + block.length - trailerBytes, trailerBytes)
  if (crc32(plain) !== view.getUint32(0, true)) throw new Error('incorrect data check')
  if (plain.length !== view.getUint32(4, true)) throw new Error('incorrect length check')
  return plain
}

function inflate(body: Uint8Array): { readonly plain: Uint8Array; readonly usedBytes: number } {
  try {
    const options = { info: true, chunkSize: mostPlainBytes, maxOutputLength: mostPlainBytes }
    // The types know the result without `info` only.
    const { buffer, engine } = inflateRawSync(body, options) as unknown as {
      readonly buffer: Uint8Array
      readonly engine: { readonly bytesWritten: number }
    }
    return { plain: buffer, usedBytes: engine.bytesWritten }
  } catch (error) {
    const isTooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    if (isTooLong) throw new Error('incorrect length check', { cause: error })
    throw error
  }
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
