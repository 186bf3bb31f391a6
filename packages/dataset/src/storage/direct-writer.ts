import { createHash } from 'node:crypto'
import { errnoOf } from '../errors.ts'
import type { FileSystem } from './file-system.ts'
import { beginHash, type HashBeside } from './hash-beside.ts'
import { givePageMemory, takePageMemory } from './page-memory.ts'

/** What a direct write is a multiple of, in memory, length and place: the block of every disk. */
const blockByteLength = 4096

/** Chunks that are filled or on their way to the disk at a time. */
const chunkCount = 4

/** The two descriptors of a file that is written directly. */
export interface DirectFile {
  readonly direct: number
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
 * Writes a file from its beginning to its end around the system's cache: bytes are gathered in chunks that the disk takes while the
 * next ones are gathered. A file shorter than a chunk goes through the cache whole, and of others what is no whole block at their end.
 *
 * States: open, then ended or abandoned; after an error it can only be abandoned.
 */
export class DirectWriter {
  readonly #fs: FileSystem
  readonly #file: DirectFile
  #memory: Uint8Array | undefined
  readonly #chunkByteLength: number
  #chunk = 0
  #filled = 0
  /** Where in the file the chunk that is being filled will lie. */
  #position = 0
  readonly #writing: (Promise<void> | undefined)[] = Array.from({ length: chunkCount })
  #failure: { readonly error: unknown; readonly position: number } | undefined
  #done = false
  /** Chunks are hashed as they are sent. */
  #hashes: boolean
  /** From the first chunk on. */
  #hash: HashBeside | undefined

  constructor(fileSystem: FileSystem, file: DirectFile, { chunkByteLength, hashes }: DirectWriterOptions) {
    this.#fs = fileSystem
    this.#file = file
    this.#chunkByteLength = chunkByteLength
    this.#hashes = hashes
  }

  /** Where in the file a write failed. */
  get failedAt(): number {
    return this.#failure?.position ?? this.#position
  }

  /** Takes bytes; their memory may be used again when the promise is fulfilled. */
  async add(bytes: Uint8Array): Promise<void> {
    const memory = (this.#memory ??= takePageMemory(chunkCount * this.#chunkByteLength, this.#hashes))
    for (let from = 0; from < bytes.byteLength;) {
      // The memory may still be on its way to the disk.
      if (this.#filled === 0) await this.#settled(this.#chunk)
      const piece = bytes.subarray(from, from + this.#chunkByteLength - this.#filled)
      memory.set(piece, this.#chunk * this.#chunkByteLength + this.#filled)
      this.#filled += piece.byteLength
      from += piece.byteLength
      if (this.#filled === this.#chunkByteLength) this.#send(this.#filled)
    }
  }

  /** The sha256 of everything that was added, where it is hashed; nothing may be added then. */
  async sha256(): Promise<string> {
    const rest = this.#filling
    this.#hashes = false
    const hash = this.#hash
    // A file that is shorter than a chunk is hashed before a thread has started.
    if (hash === undefined) return createHash('sha256').update(rest).digest('hex')
    for (let chunk = 0; chunk < chunkCount; chunk++) await this.#settled(chunk)
    await hash.update(rest)
    return hash.digest()
  }

  /** Writes what is left; the file is still to be synced, by its other descriptor. */
  async end(): Promise<void> {
    const blocks = this.#position === 0 ? 0 : this.#filled - (this.#filled % blockByteLength)
    const rest = this.#filling.subarray(blocks)
    if (blocks > 0) this.#send(blocks)
    for (let chunk = 0; chunk < chunkCount; chunk++) await this.#settled(chunk)
    for (let left = rest; left.byteLength > 0;) {
      const written = this.#fs.writevSync(this.#file.cached, [left], this.#position)
      left = left.subarray(moreThanNothing(written))
      this.#position += written
    }
    this.#letGo()
    await this.#fs.close(this.#file.direct)
  }

  /** Waits for what is under way and lets the file and the memory go. Never throws; after `end` it does nothing. */
  async abandon(): Promise<void> {
    for (const writing of this.#writing) await writing
    this.#hash?.drop()
    if (this.#done) return
    this.#letGo()
    await this.#fs.close(this.#file.direct).catch(() => undefined)
  }

  #letGo(): void {
    this.#done = true
    if (this.#memory !== undefined) givePageMemory(this.#memory)
    this.#memory = undefined
  }

  async #settled(chunk: number): Promise<void> {
    await this.#writing[chunk]
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** The bytes that were gathered in the last chunk. */
  get #filling(): Uint8Array {
    const start = this.#chunk * this.#chunkByteLength
    return this.#memory?.subarray(start, start + this.#filled) ?? new Uint8Array()
  }

  #send(byteLength: number): void {
    const position = this.#position
    const bytes = this.#filling.subarray(0, byteLength)
    this.#writing[this.#chunk] = this.#deliver(bytes, position)
    this.#position += byteLength
    this.#chunk = (this.#chunk + 1) % chunkCount
    this.#filled = 0
  }

  /** Has a chunk written and hashed. Ends when nobody reads it any more, whatever failed: then the file may be closed. */
  async #deliver(bytes: Uint8Array, position: number): Promise<void> {
    const hashing = this.#hashes ? (this.#hash ??= beginHash()).update(bytes) : undefined
    for (const end of await Promise.allSettled([this.#write(bytes, position), hashing]))
      if (end.status === 'rejected') this.#failure ??= { error: end.reason, position }
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    let { direct: fd } = this.#file
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
