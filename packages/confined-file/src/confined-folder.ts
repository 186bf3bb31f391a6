import type { Dirent } from 'node:fs'
import {
  constants,
  link,
  lstat,
  mkdir,
  readdir,
  rename,
  rmdir,
  unlink,
  type FileHandle,
} from 'node:fs/promises'
import { join } from 'node:path'
import { ConfinedFileError } from './errors.ts'
import { openHandle } from './open-handle.ts'
import { folderOnly, namesWhatIsOpen, noFollow, pathOnly, pathThrough } from './opened-path.ts'
import { stepsOf } from './plain-path.ts'

/** Entries of a folder that are removed beside each other: of a large file that takes as long as it takes to give its memory back. */
const removedAtOnce = 8

/**
 * A folder that is open, and the work in it: every name means an entry of this very folder, even if its path is swapped for
 * a link meanwhile, and no link in it is followed to write, read or delete. Names are single steps; deeper entries are
 * reached by {@link folder}. Without `/proc` (not on Linux) a folder is checked for being a link before each use, which a
 * swap at that moment gets past.
 */
export class ConfinedFolder implements AsyncDisposable {
  readonly #handle: FileHandle
  readonly #path: string

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  /**
   * Opens a folder by a trusted path, which may itself be a link.
   *
   * @throws errors of the system, such as `ENOENT` and `ENOTDIR`
   */
  static async open(path: string): Promise<ConfinedFolder> {
    return new ConfinedFolder(await openHandle(path, constants.O_RDONLY | folderOnly), path)
  }

  /**
   * Opens a folder in this one, by one name or several with `/`.
   *
   * @throws ConfinedFileError `invalid-name`, `not-a-folder` (also for a link); errors of the system
   */
  async folder(path: string): Promise<ConfinedFolder> {
    const [first, ...more] = stepsOf(path)
    const inner = await this.#openFolder(first ?? '', path)
    if (more.length === 0) return inner
    await using outer = inner
    return await outer.folder(more.join('/'))
  }

  /** Makes a folder where there is none, and opens it. */
  async makeFolder(name: string): Promise<ConfinedFolder> {
    await mkdir(this.path(name)).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error
    })
    return this.folder(name)
  }

  /**
   * Opens a file for reading.
   *
   * @throws ConfinedFileError `not-a-file` for a link, folder, device or named pipe; errors of the system
   */
  async openFile(name: string): Promise<FileHandle> {
    return this.#open(name, constants.O_RDONLY)
  }

  /**
   * Creates a file and opens it for writing.
   *
   * @throws errors of the system: `EEXIST` if anything of that name is there, a link too
   */
  async createFile(name: string): Promise<FileHandle> {
    return openHandle(this.path(name), constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | noFollow)
  }

  /**
   * Opens a file for reading and writing, which is made if it is missing.
   *
   * @throws ConfinedFileError `not-a-file`; errors of the system
   */
  async openForUpdate(name: string): Promise<FileHandle> {
    try {
      return await this.createFile(name)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
      return this.#open(name, constants.O_RDWR)
    }
  }

  /** The entries of the folder; a link is listed as a link. */
  async entries(): Promise<Dirent[]> {
    return readdir(this.#self(), { withFileTypes: true })
  }

  /** Gives a file a further name, in this folder or another; fails with `EEXIST` where that name is taken. */
  async link(name: string, to: ConfinedFolder, newName: string): Promise<void> {
    await link(this.path(name), to.path(newName))
  }

  /** Renames an entry, replacing what has the new name. */
  async rename(name: string, to: ConfinedFolder, newName: string): Promise<void> {
    await rename(this.path(name), to.path(newName))
  }

  /**
   * Removes an entry and, of a folder, all that is in it; a link is removed, and what it leads to stays. What somebody else removes
   * meanwhile is as good as removed here.
   */
  async remove(name: string): Promise<void> {
    try {
      await this.#remove(name)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
  }

  async #remove(name: string): Promise<void> {
    const entry = await lstat(this.path(name))
    if (!entry.isDirectory()) return unlink(this.path(name))
    {
      await using inner = await this.folder(name)
      await inner.#removeAll()
    }
    await rmdir(this.path(name))
  }

  /** Removes all entries, a few at a time. Settles when nothing is at work here any more, so that the folder may be closed. */
  async #removeAll(): Promise<void> {
    const left = await this.entries()
    let failure: { readonly error: unknown } | undefined
    const takeNext = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined && failure === undefined; next = left.pop()) {
        try {
          await this.remove(next.name)
        } catch (error) {
          failure ??= { error }
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(removedAtOnce, left.length) }, takeNext))
    if (failure !== undefined) throw failure.error
  }

  /**
   * Makes names that were given or taken away survive a loss of power. Windows does not sync folders, and some network file systems
   * answer EINVAL: there the file system decides.
   */
  async sync(): Promise<void> {
    if (process.platform === 'win32') return
    await this.#handle.sync().catch((error: unknown) => {
      if (!hasCode(error, 'EINVAL')) throw error
    })
  }

  /**
   * A path of an entry for functions of `node:fs` that do not follow a link in the last step (`lstat`, `unlink`, `rename`,
   * `link`, `mkdir`). Valid while this folder is open.
   *
   * @throws ConfinedFileError `invalid-name` for anything but a single name
   */
  path(name: string): string {
    const [step, ...more] = stepsOf(name)
    if (step === undefined || more.length > 0)
      throw new ConfinedFileError('invalid-name', name, 'expected a single name')
    return join(this.#self(), step)
  }

  /** Closes the folder; files opened through it stay open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  #self(): string {
    return namesWhatIsOpen ? pathThrough(this.#handle) : this.#path
  }

  async #openFolder(step: string, path: string): Promise<ConfinedFolder> {
    const inner = this.path(step)
    if (!namesWhatIsOpen && (await lstat(inner)).isSymbolicLink()) throw notAFolder(path)
    const handle = await openHandle(inner, constants.O_RDONLY | folderOnly | noFollow).catch(
      (error: unknown) => {
        throw isNoFolder(error) ? notAFolder(path, error) : error
      },
    )
    return new ConfinedFolder(handle, join(this.#path, step))
  }

  async #open(name: string, flags: number): Promise<FileHandle> {
    // Looked at before it is opened: even opening can do something to a device.
    await using found = await openHandle(this.path(name), pathOnly | noFollow).catch((error: unknown) => {
      throw hasCode(error, 'ELOOP') ? notAFile(name, error) : error
    })
    if (!(await found.stat()).isFile()) throw notAFile(name)
    return await (namesWhatIsOpen
      ? openHandle(pathThrough(found), flags)
      : openHandle(this.path(name), flags | noFollow))
  }
}

function isNoFolder(error: unknown): boolean {
  return hasCode(error, 'ENOTDIR') || hasCode(error, 'ELOOP')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function notAFolder(path: string, cause?: unknown): ConfinedFileError {
  return new ConfinedFileError('not-a-folder', path, 'expected a folder, got a file or a link', { cause })
}

function notAFile(path: string, cause?: unknown): ConfinedFileError {
  return new ConfinedFileError(
    'not-a-file',
    path,
    'expected a file, got a link, folder, device or named pipe',
    {
      cause,
    },
  )
}
