import type { FindBlocks } from './block.ts'

/** How a source can be compressed. */
export const compressions = ['none', 'gzip', 'zstd', 'brotli', 'xz'] as const

/** One of {@link compressions}. */
export type Compression = (typeof compressions)[number]

/** What decompressing may cost. */
export interface DecompressLimits {
  /** Largest window of zstd or dictionary of xz, in bytes: the decompressor holds it. */
  readonly maxWindowBytes: number
}

/** One compression: how to know it and how to undo it. A further one is a file and a row of the table. */
export interface CompressionRecord {
  /** Endings of file names, lower case, without the dot. */
  readonly extensions: readonly string[]
  /** Returns whether the first bytes show it; absent where no mark does, so that only the name tells. */
  readonly magic?: (head: Uint8Array) => boolean
  /**
   * Decompresses a stream in bounded memory, to its last member.
   * @throws Error if the stream is cut or damaged, or if anything follows it
   */
  readonly decompress: (
    chunks: AsyncIterable<Uint8Array>,
    limits: DecompressLimits,
  ) => AsyncIterable<Uint8Array>
  /** Finds the stretches that are decompressed alone; absent where the whole is one. */
  readonly blocks?: FindBlocks
}
