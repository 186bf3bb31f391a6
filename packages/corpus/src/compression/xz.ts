import { CorpusError } from '../errors.ts'

/** Small pieces in, so that what the decompressor makes of one stays small (xz can shrink 1 : 7,000). */
const inputChunkBytes = 4096

/**
 * Decompresses xz with the optional package `@napi-rs/lzma`, through its stream: the only one of its interfaces that
 * holds back while nobody reads.
 * @throws CorpusError `missing-dependency`
 */
export async function* decompressXz(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { xz } = await import('@napi-rs/lzma').catch((cause: unknown) => {
    throw new CorpusError('missing-dependency', 'xz needs a package: npm install @napi-rs/lzma', { cause })
  })
  yield* xz.decompressStream(ReadableStream.from(copies(chunks)))
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += inputChunkBytes)
      yield new Uint8Array(chunk.subarray(at, at + inputChunkBytes))
  }
}
