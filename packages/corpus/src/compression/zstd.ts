import { createZstdDecompress } from 'node:zlib'
import { outputChunkBytes } from './output-chunk.ts'
import { through } from './through.ts'
import { ZstdFrameWalker } from './zstd-frame.ts'

/**
 * Decompresses all frames of a zstd stream. Node's decompressor stops without a word at the end of the first frame and
 * at a cut, so the frames are told apart here and each gets its own.
 */
export async function* decompressZstd(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = chunks[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)

  const refill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await input.next()
      if (next.done === true) return false
      rest = next.value
    }
    return true
  }

  async function* frame(): AsyncGenerator<Uint8Array, void, undefined> {
    const walker = new ZstdFrameWalker()
    while (!walker.complete) {
      if (!(await refill())) throw new Error('it ends within a frame')
      const length = walker.walk(rest)
      const piece = rest.subarray(0, length)
      rest = rest.subarray(length)
      yield piece
    }
  }

  try {
    while (await refill()) yield* through(frame(), createZstdDecompress({ chunkSize: outputChunkBytes }))
  } finally {
    await input.return?.()
  }
}
