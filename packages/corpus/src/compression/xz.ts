import { CorpusError } from '../errors.ts'
import { begins } from '../bytes/begins.ts'
import { ByteInput } from './byte-input.ts'
import type { CompressionRecord, DecompressLimits } from './compression.ts'
import { windowTooLarge } from './window-too-large.ts'
import { xzDictionaryBytes } from './xz-dictionary.ts'

/** Small pieces in, so that what the decompressor makes of one stays small (xz can shrink 1 : 7,000). */
const inputChunkBytes = 4096
/** A stream header and the largest header of its first block. */
const headerBytes = 12 + 1024

/**
 * Decompresses xz with the optional package `@napi-rs/lzma`, through its stream: the only one of its interfaces that
 * holds back while nobody reads.
 *
 * @throws CorpusError `missing-dependency`, `too-large`
 */
async function* decompressXz(
  chunks: AsyncIterable<Uint8Array>,
  { maxWindowBytes }: DecompressLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { xz: lzma } = await import('@napi-rs/lzma').catch((cause: unknown) => {
    throw new CorpusError('missing-dependency', 'xz needs a package: npm install @napi-rs/lzma', { cause })
  })
  const input = new ByteInput(chunks)
  try {
    const head = new Uint8Array(await input.take(headerBytes))
    const dictionaryBytes = xzDictionaryBytes(head)
    if (dictionaryBytes > maxWindowBytes) throw windowTooLarge('xz', dictionaryBytes, maxWindowBytes)
    yield* lzma.decompressStream(ReadableStream.from(copies(head, input)))
  } finally {
    await input.close()
  }
}

async function* copies(head: Uint8Array, input: ByteInput): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head
  while (await input.fill()) {
    yield new Uint8Array(input.rest.subarray(0, inputChunkBytes))
    input.rest = input.rest.subarray(inputChunkBytes)
  }
}

/** The .xz file format. */
export const xz: CompressionRecord = {
  extensions: ['xz'],
  magic: (head) => begins(head, '\u00fd7zXZ\u0000'),
  decompress: decompressXz,
}
