import { createHash } from 'node:crypto'
import type { HashBeside } from './hash-beside.ts'
import { givePageMemory, takePageMemory } from './page-memory.ts'

/** Chunks that are filled or on their way at a time. */
const chunkCount = 4

/** How {@link ChunkWriter} writes. */
export interface ChunkWriterOptions {
  /** Has bytes written at a position, by others than the calling thread. They do not change until the promise is fulfilled. */
  readonly write: (bytes: Uint8Array, position: number) => Promise<void>
  /** A multiple of 4,096. */
  readonly chunkByteLength: number
  /** Hashes what is written, in another thread. @default nobody does */
  readonly hash?: HashBeside | undefined
  /** Where the first byte goes. @default 0 */
  readonly position?: number
}

/**
 * Gathers bytes in chunks that are hashed and written beside, while the next ones are gathered.
 *
 * States: open, then abandoned; after an error it can only be abandoned.
 */
export class ChunkWriter {
  readonly #write: ChunkWriterOptions['write']
  readonly #chunkByteLength: number
  readonly #hash: HashBeside | undefined
  #memory: Uint8Array | undefined
  #chunk = 0
  #filled = 0
  /** Where the chunk that is being filled will lie. */
  #position: number
  #hasSent = false
  /** The hash is ended: what is still sent is in it already. */
  #isHashed = false
  readonly #delivering: (Promise<void> | undefined)[] = Array.from({ length: chunkCount })
  #failure: { readonly error: unknown; readonly position: number } | undefined

  constructor({ write, chunkByteLength, hash, position = 0 }: ChunkWriterOptions) {
    this.#write = write
    this.#chunkByteLength = chunkByteLength
    this.#hash = hash
    this.#position = position
  }

  /** Where writing failed. */
  get failedAt(): number {
    return this.#failure?.position ?? this.#position
  }

  /** Where the bytes that are gathered and not yet sent will lie. */
  get position(): number {
    return this.#position
  }

  /** The bytes that are gathered and not yet sent. */
  get gathered(): Uint8Array {
    const start = this.#chunk * this.#chunkByteLength
    return this.#memory?.subarray(start, start + this.#filled) ?? new Uint8Array()
  }

  /** Takes bytes; their memory may be used again when the promise is fulfilled. */
  async add(bytes: Uint8Array): Promise<void> {
    const memory = (this.#memory ??= takePageMemory(
      chunkCount * this.#chunkByteLength,
      this.#hash !== undefined,
    ))
    for (let from = 0; from < bytes.byteLength;) {
      // The memory may still be on its way.
      if (this.#filled === 0) await this.#delivered(this.#chunk)
      const piece = bytes.subarray(from, from + this.#chunkByteLength - this.#filled)
      memory.set(piece, this.#chunk * this.#chunkByteLength + this.#filled)
      this.#filled += piece.byteLength
      from += piece.byteLength
      if (this.#filled === this.#chunkByteLength) this.send()
    }
  }

  /** Sends the first of the gathered bytes on their way, without waiting; nothing but the rest of them is sent after less than all. */
  send(byteLength: number = this.#filled): void {
    if (byteLength === 0) return
    const position = this.#position
    this.#delivering[this.#chunk] = this.#deliver(this.gathered.subarray(0, byteLength), position)
    this.#hasSent = true
    this.#position += byteLength
    this.#chunk = (this.#chunk + 1) % chunkCount
    this.#filled = 0
  }

  /** Waits until everything that was sent is written. */
  async settle(): Promise<void> {
    for (let chunk = 0; chunk < chunkCount; chunk++) await this.#delivered(chunk)
  }

  /** The sha256 of everything that was added, where it is hashed; nothing may be added then. */
  async sha256(): Promise<string> {
    const rest = this.gathered
    this.#isHashed = true
    // What is shorter than a chunk is hashed before a thread has started.
    if (!this.#hasSent) return createHash('sha256').update(rest).digest('hex')
    await this.settle()
    await this.#hash!.update(rest)
    return this.#hash!.digest()
  }

  /** Waits for what is under way and lets the memory and the hash go. Never throws. */
  async abandon(): Promise<void> {
    for (const delivering of this.#delivering) await delivering
    this.#hash?.drop()
    if (this.#memory !== undefined) givePageMemory(this.#memory)
    this.#memory = undefined
    this.#filled = 0
  }

  async #delivered(chunk: number): Promise<void> {
    await this.#delivering[chunk]
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Has a chunk written and hashed. Ends when nobody reads it any more, whatever failed: then the file may be closed. */
  async #deliver(bytes: Uint8Array, position: number): Promise<void> {
    const hashing = this.#isHashed ? undefined : this.#hash?.update(bytes)
    for (const end of await Promise.allSettled([this.#write(bytes, position), hashing]))
      if (end.status === 'rejected') this.#failure ??= { error: end.reason, position }
  }
}
