import { createBrotliDecompress } from 'node:zlib'
import { ByteInput } from './byte-input.ts'
import type { CompressionRecord } from './compression.ts'
import { outputChunkBytes } from './output-chunk.ts'
import { through } from './through.ts'

/** One stream and nothing after it: the format has no members, and the `brotli` program refuses what follows too. */
async function* decompressBrotli(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new ByteInput(chunks)
  try {
    yield* through(input, createBrotliDecompress({ chunkSize: outputChunkBytes }))
    if (await input.fill()) throw new Error('something follows the end of the stream')
  } finally {
    await input.close()
  }
}

/** Brotli (RFC 7932), which has no mark: the name tells. */
export const brotli: CompressionRecord = { extensions: ['br'], decompress: decompressBrotli }
