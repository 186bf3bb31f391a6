import fs from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfinedFileError } from '@sluice/confined-file'
import { DatasetError, storageError } from '../errors.ts'
import { holdFolder, kindAt, placeOf } from './own-folder.ts'
import type { ReadHandle } from './storage.ts'

const read = promisify(fs.read)

/**
 * Opens a published file of a folder for reading ranges of it. A link is not followed, and a named pipe or device is not touched.
 *
 * @param at the file below the trusted `root`; `name` is what the dataset calls it
 * @throws DatasetError `not-found`, `corrupt` for what is no file
 */
export function openFileSync(root: string, at: string, name: string): ReadHandle {
  const place = placeOf(at)
  const path = join(root, at)
  const fd = attempt('open', path, () => {
    using folder = holdFolder(root, place.folder)
    try {
      return folder.openFile(place.name)
    } catch (error) {
      if (!(error instanceof ConfinedFileError)) throw error
      const message = `Expected ${path} to be a file, got ${kindAt(folder.path(place.name))}`
      throw new DatasetError('corrupt', message, { file: name, cause: error })
    }
  })
  return new FileReadHandle(fd, path, name)
}

class FileReadHandle implements ReadHandle {
  readonly name: string
  readonly byteLength: number
  readonly version: string
  readonly #path: string
  #fd: number | undefined
  /** Reads under way: a descriptor closed under them could be another file's by the time they run. */
  #pending: Promise<unknown> = Promise.resolve()

  constructor(fd: number, path: string, name: string) {
    this.#fd = fd
    this.#path = path
    this.name = name
    const found = this.#look(fd)
    this.byteLength = Number(found.size)
    this.version = versionOf(found)
  }

  checkUnchanged(): void {
    if (versionOf(this.#look(this.#openFd())) === this.version) return
    const message = `${this.#path} was changed while it was open; put the file back as it was and open the dataset again`
    throw new DatasetError('corrupt', message, { file: this.name })
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    const reading = this.#fill(target, position)
    this.#pending = Promise.allSettled([this.#pending, reading])
    await reading
  }

  readSync(target: Uint8Array, position: number): void {
    const fd = this.#openFd()
    for (let filled = 0; filled < target.byteLength;) {
      const at = position + filled
      const bytesRead = attempt(`read at byte ${at} of`, this.#path, () =>
        fs.readSync(fd, target, filled, target.byteLength - filled, at),
      )
      if (bytesRead === 0) throw this.#endedEarly(fd, position + target.byteLength)
      filled += bytesRead
    }
  }

  async close(): Promise<void> {
    const fd = this.#fd
    this.#fd = undefined
    if (fd === undefined) return
    await this.#pending
    fs.closeSync(fd)
  }

  async #fill(target: Uint8Array, position: number): Promise<void> {
    const fd = this.#openFd()
    for (let filled = 0; filled < target.byteLength;) {
      const at = position + filled
      const { bytesRead } = await read(fd, target, filled, target.byteLength - filled, at).catch(
        (error: unknown) => {
          throw storageError(error, `read at byte ${at} of`, this.#path)
        },
      )
      if (bytesRead === 0) throw this.#endedEarly(fd, position + target.byteLength)
      filled += bytesRead
    }
  }

  #look(fd: number): fs.BigIntStats {
    return attempt('look at', this.#path, () => fs.fstatSync(fd, { bigint: true }))
  }

  #openFd(): number {
    if (this.#fd === undefined) throw new DatasetError('invalid-argument', `${this.#path} was closed`)
    return this.#fd
  }

  #endedEarly(fd: number, wanted: number): DatasetError {
    const position = Number(this.#look(fd).size)
    const message = `${this.#path} ends at byte ${position}, expected at least ${wanted} bytes: it is truncated`
    return new DatasetError('corrupt', message, { file: this.name, position })
  }
}

/** Without the time of the last change of its names and rights: those may change. */
function versionOf({ dev, ino, size, mtimeNs }: fs.BigIntStats): string {
  return [dev, ino, size, mtimeNs].join('-')
}

function attempt<T>(doing: string, path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw storageError(error, doing, path)
  }
}
