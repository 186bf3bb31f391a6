import { corpusLimits } from '../limits.ts'
import { CorpusError } from '../errors.ts'
import type { Compression, DecompressLimits } from './compression.ts'
import { compressionTable } from './index.ts'

/**
 * Decompresses a stream in bounded memory. Concatenated members (gzip), frames (zstd) and streams (xz) are read to the
 * last one; a cut or damaged stream is an error, never a shorter text.
 *
 * @throws CorpusError `broken-file`, `needs-dictionary`, or `too-large` for a window above `limits.maxWindowBytes`
 */
export function decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  source: string,
  limits: DecompressLimits = { maxWindowBytes: corpusLimits.windowBytes.most },
): AsyncIterable<Uint8Array> {
  const plain = compressionTable[compression].decompress(chunks, limits)
  return compression === 'none' ? plain : named(plain, compression, source)
}

async function* named(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  source: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause.source === undefined ? cause.named(source) : cause
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `the ${compression} data is cut or damaged (${why}); fetch it again`
    throw new CorpusError('broken-file', message, { source, cause })
  }
}
