import { errnoOf } from '../errors.ts'
import { ChunkWriter } from './chunk-writer.ts'
import type { FileSystem } from './file-system.ts'
import { beginHash } from './hash-beside.ts'

/** What a direct write is a multiple of, in memory, length and place: the block of every disk. */
const blockByteLength = 4096

/** The descriptors of a file that is written beside. */
export interface BesideFile {
  /** Goes around the system's cache. @default all goes through it */
  readonly direct?: number | undefined
  /** Takes what is no whole block, through the system's cache. */
  readonly cached: number
}

/** How {@link DirectWriter} writes. */
export interface DirectWriterOptions {
  /** A multiple of 4,096. */
  readonly chunkByteLength: number
  /** A thread beside hashes what is written. */
  readonly hashes: boolean
}

/**
 * Writes a file from its beginning to its end beside the calling thread, around the system's cache where it lets it. A file shorter
 * than a chunk goes through the cache whole, and of others what is no whole block at their end.
 *
 * States: open, then ended or abandoned; after an error it can only be abandoned.
 */
export class DirectWriter {
  readonly #fs: FileSystem
  readonly #file: BesideFile
  readonly #chunks: ChunkWriter
  #done = false

  constructor(fileSystem: FileSystem, file: BesideFile, { chunkByteLength, hashes }: DirectWriterOptions) {
    this.#fs = fileSystem
    this.#file = file
    this.#chunks = new ChunkWriter({
      write: (bytes, position) => this.#write(bytes, position),
      chunkByteLength,
      hash: hashes ? beginHash() : undefined,
    })
  }

  /** Where in the file a write failed. */
  get failedAt(): number {
    return this.#chunks.failedAt
  }

  /** Takes bytes; their memory may be used again when the promise is fulfilled. */
  add(bytes: Uint8Array): Promise<void> {
    return this.#chunks.add(bytes)
  }

  /** The sha256 of everything that was added, where it is hashed; nothing may be added then. */
  sha256(): Promise<string> {
    return this.#chunks.sha256()
  }

  /** Writes what is left; the file is still to be synced, by its other descriptor. */
  async end(): Promise<void> {
    const rest = this.#chunks.gathered
    const blocks = this.#chunks.position === 0 ? 0 : rest.byteLength - (rest.byteLength % blockByteLength)
    this.#chunks.send(blocks)
    await this.#chunks.settle()
    let { position } = this.#chunks
    for (let left = rest.subarray(blocks); left.byteLength > 0;) {
      const written = moreThanNothing(this.#fs.writevSync(this.#file.cached, [left], position))
      left = left.subarray(written)
      position += written
    }
    this.#done = true
    await this.#chunks.abandon()
    if (this.#file.direct !== undefined) await this.#fs.close(this.#file.direct)
  }

  /** Waits for what is under way and lets the file and the memory go. Never throws; after `end` it does nothing. */
  async abandon(): Promise<void> {
    if (this.#done) return
    this.#done = true
    await this.#chunks.abandon()
    if (this.#file.direct !== undefined) await this.#fs.close(this.#file.direct).catch(() => undefined)
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    let { direct: fd = this.#file.cached } = this.#file
    for (let done = 0; done < bytes.byteLength;) {
      try {
        const rest = bytes.subarray(done)
        done += moreThanNothing(await this.#fs.write(fd, rest, position + done))
      } catch (error) {
        // Not every file system says when a file is opened that it cannot; and a disk that gets full may stop within a block.
        if (errnoOf(error) !== 'EINVAL' || fd === this.#file.cached) throw error
        fd = this.#file.cached
      }
    }
  }
}

/** A disk that fills up in the middle answers with a short write, and says why at the next one. */
export function moreThanNothing(written: number): number {
  if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' })
  return written
}
