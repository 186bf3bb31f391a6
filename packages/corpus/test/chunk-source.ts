import type { ByteSource, SourceIdentity } from '../src/bytes/byte-source.ts'

/** Chunks as a source that is read once, as a pipe is. */
export class ChunkSource implements ByteSource {
  readonly name: string
  readonly byteLength = undefined
  readonly seekable = false
  readonly remote = false
  readonly etag = undefined
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>

  constructor(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
    this.name = name
    this.chunks = chunks
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    yield* this.chunks
  }

  head(): Promise<Uint8Array> {
    throw new Error('chunks have no head')
  }

  read(): Promise<Uint8Array> {
    throw new Error('chunks have no random access')
  }

  identify(): Promise<SourceIdentity> {
    throw new Error('chunks have no identity')
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
