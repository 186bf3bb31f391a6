import { closeSync, constants, fstatSync } from 'node:fs'
import { join } from 'node:path'
import { DatasetError, errnoOf, storageError } from '../errors.ts'
import { makeVisible, syncNames, type Visibility } from './make-visible.ts'
import { makeFolder, placeOf, type Place } from './own-folder.ts'
import type { StagingOptions } from './staged-file.ts'
import type { GrowingObject } from './storage.ts'

/** What is there is kept; a link is not followed, and a named pipe is not waited for. */
const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** A file that several attempts write, one after the other or at once, each the same bytes: it is never cut. */
export class GrowingFile implements GrowingObject {
  #fd: number | undefined
  #flushing: Promise<void> | undefined
  #flushError: unknown
  #unflushedByteLength = 0
  readonly #options: StagingOptions
  readonly #place: Place
  /** For messages. */
  readonly #path: string
  readonly #visibility: Visibility
  /** The file's own name is durable. */
  #isNamed = false

  constructor(options: StagingOptions, name: string) {
    const { fileSystem, root, at } = options
    this.#options = options
    this.#place = placeOf(at(name))
    this.#path = join(root, at(name))
    try {
      const { held, unsynced, madeIn } = makeFolder(fileSystem, root, this.#place.folder)
      using folder = held
      this.#visibility = { fileSystem, root, unsynced, madeIn: [...madeIn, this.#place.folder] }
      this.#fd = fileSystem.openSync(folder.path(this.#place.name), flags)
    } catch (error) {
      // A named pipe that nobody reads.
      throw errnoOf(error) === 'ENXIO' ? this.#notAFile(error) : storageError(error, 'write', this.#path)
    }
    if (fstatSync(this.#fd).isFile()) return
    closeSync(this.#fd)
    throw this.#notAFile()
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    const { fileSystem, flushByteLength } = this.#options
    const fd = this.#openFd()
    for (let written = 0; written < bytes.byteLength;) {
      try {
        const more = fileSystem.writevSync(fd, [bytes.subarray(written)], position + written)
        // A disk that fills up in the middle answers with a short write, and says why at the next one.
        if (more === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' })
        written += more
      } catch (error) {
        throw storageError(error, `write at byte ${position + written} of`, this.#path)
      }
    }
    this.#unflushedByteLength += bytes.byteLength
    if (this.#unflushedByteLength >= flushByteLength) this.#flush(fd)
  }

  async sync(): Promise<void> {
    const fd = this.#openFd()
    await this.#flushing
    try {
      if (this.#flushError !== undefined) throw this.#flushError
      await this.#options.fileSystem.fsync(fd)
      if (this.#isNamed) return
      await syncNames(this.#visibility)
      this.#isNamed = true
    } catch (error) {
      throw storageError(error, 'sync', this.#path)
    }
  }

  async publish(name: string): Promise<'created' | 'exists'> {
    await this.sync()
    const { root, at } = this.#options
    try {
      return await makeVisible(this.#visibility, this.#place, placeOf(at(name)))
    } catch (error) {
      throw storageError(error, 'publish', join(root, at(name)))
    }
  }

  async close(): Promise<void> {
    const fd = this.#fd
    this.#fd = undefined
    // A descriptor closed under a flush could be another file's by the time it runs.
    await this.#flushing
    if (fd !== undefined) await this.#options.fileSystem.close(fd)
  }

  /** Starts writing the system's cache to the disk while the next bytes are made. An error is that of the next `sync`. */
  #flush(fd: number): void {
    if (this.#flushing !== undefined) return
    this.#unflushedByteLength = 0
    this.#flushing = this.#options.fileSystem
      .fsync(fd)
      .catch((error: unknown) => {
        this.#flushError ??= error
      })
      .finally(() => {
        this.#flushing = undefined
      })
  }

  #openFd(): number {
    if (this.#fd === undefined) throw new DatasetError('invalid-argument', `${this.#path} was closed`)
    return this.#fd
  }

  #notAFile(cause?: unknown): DatasetError {
    const message = `Expected ${this.#path} to be a file; remove what is there, or use another folder`
    return new DatasetError('corrupt', message, { file: this.#path, cause })
  }
}
