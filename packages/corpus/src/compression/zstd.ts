import { constants, createZstdDecompress } from 'node:zlib'
import { CorpusError } from '../errors.ts'
import { begins } from '../bytes/begins.ts'
import { ByteInput } from './byte-input.ts'
import type { CompressionRecord, DecompressLimits } from './compression.ts'
import { outputChunkBytes } from './output-chunk.ts'
import { windowTooLarge } from './window-too-large.ts'
import { through } from './through.ts'
import { ZstdFrameWalker } from './zstd-frame-walker.ts'
import { zstdFrames } from './zstd-frames.ts'

/** Windows are powers of two in the decompressor's parameter, at most 2 GiB. */
const maxWindowLog = 31

/** A frame, or a skippable frame that a frame follows or that fills what is seen. */
function isZstd(head: Uint8Array): boolean {
  for (let at = 0; at < head.length || at === 0;) {
    if (begins(head, '\u0028\u00b5\u002f\u00fd', at)) return true
    if (!begins(head, '\u002a\u004d\u0018', at + 1) || ((head[at] ?? 0) & 0xf0) !== 0x50) return false
    if (head.length < at + 8) return false
    at += 8 + new DataView(head.buffer, head.byteOffset).getUint32(at + 4, true)
  }
  return true
}

/**
 * Decompresses all frames of a zstd stream. Node's decompressor stops without a word at the end of the first frame and
 * at a cut, so the frames are told apart here and each gets its own.
 */
async function* decompressZstd(
  chunks: AsyncIterable<Uint8Array>,
  limits: DecompressLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new ByteInput(chunks)
  const windowLog = Math.min(maxWindowLog, Math.max(10, Math.floor(Math.log2(limits.maxWindowBytes))))
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog }
  try {
    while (await input.fill()) {
      const walker = new ZstdFrameWalker()
      try {
        const frame = new ByteInput(oneFrame(input, walker))
        let length = 0
        for await (const piece of through(
          frame,
          createZstdDecompress({ chunkSize: outputChunkBytes, params }),
        )) {
          length += piece.length
          yield piece
        }
        // The decompressor passes over a last block without content before it compares.
        if (walker.contentBytes !== undefined && walker.contentBytes !== length)
          throw new Error(`a frame gives ${length} bytes, its header says ${walker.contentBytes}`)
      } catch (cause) {
        throw explained(cause, walker, 2 ** windowLog)
      }
    }
  } finally {
    await input.close()
  }
}

async function* oneFrame(
  input: ByteInput,
  walker: ZstdFrameWalker,
): AsyncGenerator<Uint8Array, void, undefined> {
  while (!walker.complete) {
    if (!(await input.fill())) throw new Error('it ends within a frame')
    const length = walker.walk(input.rest)
    const piece = input.rest.subarray(0, length)
    input.rest = input.rest.subarray(length)
    yield piece
  }
}

/** Names what the frame needs, where that is why it could not be decompressed. */
function explained(
  cause: unknown,
  { windowBytes, dictionaryId }: ZstdFrameWalker,
  maxBytes: number,
): unknown {
  if (dictionaryId !== 0) {
    const message = `is zstd data that needs the dictionary with the number ${dictionaryId}; decompress it first: zstd -d -D DICTIONARY FILE`
    return new CorpusError('needs-dictionary', message, { cause })
  }
  if (windowBytes > maxBytes) return windowTooLarge('zstd', windowBytes, maxBytes)
  return cause
}

/** Zstandard (RFC 8878). */
export const zstd: CompressionRecord = {
  extensions: ['zst'],
  magic: isZstd,
  decompress: decompressZstd,
  blocks: zstdFrames,
}
