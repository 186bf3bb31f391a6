import type { ByteSource } from '../bytes/byte-source.ts'

/** A stretch of a compressed source that is decompressed without what lies before it: a member of gzip, a frame of zstd. */
export interface Block {
  /** Bytes `[start, end)` as stored. */
  readonly start: number
  readonly end: number
  /** Bytes that it gives, as the source says; whoever decompresses it compares. Absent where it does not say. */
  readonly plainBytes?: number
}

/** A source whose blocks can be looked for. */
export interface SeekableSource extends ByteSource {
  readonly byteLength: number
}

/**
 * Finds the blocks of a source in order, without decompressing them. It ends early where the source says nothing more that can be
 * followed: what comes then is for whoever decompresses it to judge.
 */
export type FindBlocks = (source: SeekableSource) => AsyncIterable<Block>
