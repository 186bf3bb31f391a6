import { createGunzip } from 'node:zlib'
import { begins } from '../bytes/begins.ts'
import { bgzfBlocks } from './bgzf.ts'
import { ByteInput } from './byte-input.ts'
import type { CompressionRecord } from './compression.ts'
import { outputChunkBytes } from './output-chunk.ts'
import { through } from './through.ts'

/** Method 8 (deflate) is the only one there is, and the upper three flags are reserved (RFC 1952). */
function isGzip(head: Uint8Array): boolean {
  return begins(head, '\u001f\u008b\u0008') && ((head[3] ?? 0) & 0xe0) === 0
}

/**
 * Members may follow each other, with zeros between and after them (tapes and block devices fill up with zeros), as
 * Python's `gzip` reads them; anything else after a member is an error. Node's decompressor reads on over members that
 * touch, and stops without a word at a zero, so each run of members gets its own.
 */
async function* decompressGzip(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new ByteInput(chunks)
  try {
    let more = await input.fill()
    while (more) {
      yield* through(input, createGunzip({ chunkSize: outputChunkBytes }))
      more = await input.skip(0)
    }
  } finally {
    await input.close()
  }
}

/** Gzip (RFC 1952), with the blocks of BGZF. */
export const gzip: CompressionRecord = {
  extensions: ['gz', 'bgz'],
  magic: isGzip,
  decompress: decompressGzip,
  blocks: bgzfBlocks,
}
