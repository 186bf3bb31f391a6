import { join } from 'node:path'
import { DatasetError, storageError } from '../errors.ts'
import { DirectWriter, moreThanNothing } from './direct-writer.ts'
import type { FileSystem } from './file-system.ts'
import { makeVisible } from './make-visible.ts'
import { holdFolder, makeFolder, placeOf, type Place } from './own-folder.ts'
import type { HashedBytes, StagedObject } from './storage.ts'

/** Where and how files are staged. */
export interface StagingOptions {
  readonly fileSystem: FileSystem
  /** Trusted path. */
  readonly root: string
  /** Where a name of the dataset lies below the root. */
  readonly at: (name: string) => string
  /** Bytes written before they start on their way to the disk. */
  readonly flushByteLength: number
  /** Bytes that are written at a time around the system's cache, where it lets them. @default they go through it */
  readonly directByteLength?: number | undefined
  /** What is written around the cache is hashed by a thread beside. @default false */
  readonly hashBeside?: boolean | undefined
}

/**
 * A temporary file on its way to a published name. States: open (writes), then published or discarded.
 * Any error while open closes and removes the temporary file, and the attempt is over: after a failed `fsync` the
 * kernel may have dropped the pages, so it must never be retried on the same file.
 */
export class StagedFile implements StagedObject {
  #byteLength = 0
  #fd: number | undefined
  #done = false
  #flushing: Promise<void> | undefined
  #flushError: unknown
  #flushedByteLength = 0
  readonly #flushByteLength: number
  /** Undefined where bytes go through the system's cache. */
  #directByteLength: number | undefined
  /** What writes around it, from the first write on. */
  #direct: DirectWriter | undefined
  readonly #hashBeside: boolean
  readonly #fs: FileSystem
  readonly #root: string
  readonly #at: (name: string) => string
  readonly #temporary: Place
  /** For messages. */
  readonly #path: string
  /** Trusted paths, and folders of the dataset, in which this attempt made folders. */
  readonly #unsynced: readonly string[]
  readonly #madeIn: readonly string[]

  constructor(
    { fileSystem, root, flushByteLength, directByteLength, hashBeside = false, at }: StagingOptions,
    temporaryName: string,
  ) {
    this.#fs = fileSystem
    this.#flushByteLength = flushByteLength
    this.#directByteLength = directByteLength
    this.#hashBeside = hashBeside
    this.#root = root
    this.#at = at
    this.#temporary = placeOf(at(temporaryName))
    this.#path = join(root, at(temporaryName))
    try {
      const { held, unsynced, madeIn } = makeFolder(fileSystem, root, this.#temporary.folder)
      using folder = held
      this.#unsynced = unsynced
      this.#madeIn = madeIn
      this.#fd = fileSystem.openSync(folder.path(this.#temporary.name), 'wx')
    } catch (error) {
      throw storageError(error, 'create', this.#path)
    }
  }

  get byteLength(): number {
    return this.#byteLength
  }

  get hashed(): HashedBytes | undefined {
    const direct = this.#direct
    if (!this.#hashBeside || direct === undefined) return undefined
    return { sha256: () => this.#attemptWrite(direct, () => direct.sha256()) }
  }

  async write(buffers: readonly Uint8Array[]): Promise<void> {
    const direct = this.#directWriter()
    if (direct === undefined) {
      this.writeSync(buffers)
      return
    }
    for (const buffer of buffers) {
      await this.#attemptWrite(direct, () => direct.add(buffer))
      this.#byteLength += buffer.byteLength
    }
  }

  #directWriter(): DirectWriter | undefined {
    const cached = this.#openFd()
    if (this.#directByteLength === undefined || this.#direct !== undefined) return this.#direct
    try {
      const direct = this.#fs.openDirect(cached)
      if (direct === undefined) this.#directByteLength = undefined
      else
        this.#direct = new DirectWriter(
          this.#fs,
          { direct, cached },
          { chunkByteLength: this.#directByteLength, hashes: this.#hashBeside },
        )
    } catch (error) {
      throw storageError(error, 'open', this.#path)
    }
    return this.#direct
  }

  async #attemptWrite<Result>(direct: DirectWriter, action: () => Promise<Result>): Promise<Result> {
    try {
      return await action()
    } catch (error) {
      throw storageError(error, `write at byte ${direct.failedAt} of`, this.#path)
    }
  }

  /** Synchronous variant, for files that go through the system's cache. */
  writeSync(buffers: readonly Uint8Array[]): void {
    const fd = this.#openFd()
    let rest = buffers.filter((buffer) => buffer.byteLength > 0)
    while (rest.length > 0) {
      let written: number
      try {
        written = moreThanNothing(this.#fs.writevSync(fd, rest, this.#byteLength))
      } catch (error) {
        throw storageError(error, `write at byte ${this.#byteLength} of`, this.#path)
      }
      this.#byteLength += written
      rest = skipBytes(rest, written)
    }
    if (this.#byteLength - this.#flushedByteLength >= this.#flushByteLength) this.#flush(fd)
  }

  /**
   * Starts writing the system's cache to the disk while the next bytes are made: at the end little is left to wait for.
   * An error of any flush is the error of the attempt.
   */
  #flush(fd: number): void {
    if (this.#flushing !== undefined) return
    this.#flushedByteLength = this.#byteLength
    this.#flushing = this.#fs
      .fsync(fd)
      .catch((error: unknown) => {
        this.#flushError ??= error
      })
      .finally(() => {
        this.#flushing = undefined
      })
  }

  async publish(name: string): Promise<'created' | 'exists'> {
    const place = placeOf(this.#at(name))
    const fd = this.#openFd()
    try {
      const direct = this.#direct
      if (direct !== undefined) await this.#attemptWrite(direct, () => direct.end())
      await this.#flushing
      if (this.#flushError !== undefined) throw this.#flushError
      await this.#fs.fsync(fd)
      this.#fd = undefined
      await this.#fs.close(fd)
      const outcome = await makeVisible(
        { fileSystem: this.#fs, root: this.#root, unsynced: this.#unsynced, madeIn: this.#madeIn },
        this.#temporary,
        place,
      )
      return outcome
    } catch (error) {
      throw storageError(error, 'publish', join(this.#root, this.#at(name)))
    } finally {
      await this.discard()
    }
  }

  async discard(): Promise<void> {
    if (this.#done) return
    this.#done = true
    const fd = this.#fd
    this.#fd = undefined
    // A descriptor closed under a flush or a write could be another file's by the time it runs.
    await this.#flushing
    await this.#direct?.abandon()
    // What fails here leaves a file in the temporary folder, which `repair` removes; the first error matters more.
    if (fd !== undefined) await this.#fs.close(fd).catch(() => undefined)
    try {
      using folder = holdFolder(this.#root, this.#temporary.folder)
      await this.#fs.unlink(folder.path(this.#temporary.name))
    } catch {
      // As above.
    }
  }

  #openFd(): number {
    if (this.#fd === undefined || this.#done) {
      throw new DatasetError('invalid-argument', `${this.#path} was already published or discarded`)
    }
    return this.#fd
  }
}

/** The buffers that remain after the first `byteLength` bytes were written. */
function skipBytes(buffers: readonly Uint8Array[], byteLength: number): Uint8Array[] {
  let skipped = 0
  let index = 0
  while (index < buffers.length && skipped + buffers[index]!.byteLength <= byteLength) {
    skipped += buffers[index]!.byteLength
    index++
  }
  if (index === buffers.length) return []
  return [buffers[index]!.subarray(byteLength - skipped), ...buffers.slice(index + 1)]
}
