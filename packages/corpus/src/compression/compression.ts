import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { CorpusError } from '../errors.ts'
import { outputChunkBytes } from './output-chunk.ts'
import { through } from './through.ts'
import { decompressXz } from './xz.ts'
import { decompressZstd } from './zstd.ts'

/** How a source is compressed. */
export const compressions = ['none', 'gzip', 'zstd', 'brotli', 'xz'] as const

/** One of {@link compressions}. */
export type Compression = (typeof compressions)[number]

/**
 * Decompresses a stream in bounded memory. Concatenated members (gzip), frames (zstd) and streams (xz) are read to the
 * last one; a cut or damaged stream is an error, never a shorter text.
 * @throws CorpusError `broken-file`
 */
export function decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  source: string,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'none':
      return chunks
    case 'gzip':
      return named(through(chunks, createGunzip({ chunkSize: outputChunkBytes })), compression, source)
    case 'brotli':
      return named(
        through(chunks, createBrotliDecompress({ chunkSize: outputChunkBytes })),
        compression,
        source,
      )
    case 'zstd':
      return named(decompressZstd(chunks), compression, source)
    case 'xz':
    default:
      return named(decompressXz(chunks), compression, source)
  }
}

async function* named(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  source: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CorpusError(
      'broken-file',
      `the ${compression} data is cut or damaged (${why}); fetch it again`,
      {
        source,
        cause,
      },
    )
  }
}
