import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DatasetError, storageError } from '../errors.ts'
import { nodeFileSystem } from '../storage/file-system.ts'
import { temporaryFolder } from '../storage/folder.ts'
import { StagedFile } from '../storage/staged-file.ts'

/** A file of an export, on the local disk. */
export interface ExportFile {
  /** Bytes written so far. */
  readonly byteLength: number
  /** Writes all buffers at the end: they may be reused as soon as this returns. */
  write(buffers: readonly Uint8Array[]): void
}

/** The folder of an export: seen whole or not at all, because it gets its name when all of its files are durable. */
export class ExportFolder {
  readonly #out: string
  readonly #work: string
  readonly #files = new Map<string, StagedFile>()

  private constructor(out: string) {
    this.#out = out
    this.#work = `${out}.${randomUUID()}.partial`
  }

  /**
   * Writes a folder's files and gives the folder its name; removes everything when that fails.
   *
   * @throws DatasetError `conflict` when the folder is there already and not empty.
   */
  static async write<T>(path: string, writeFiles: (folder: ExportFolder) => Promise<T>): Promise<T> {
    const folder = new ExportFolder(resolve(path))
    await folder.#refuseTaken()
    try {
      await mkdir(dirname(folder.#out), { recursive: true })
      const result = await writeFiles(folder)
      await folder.#commit()
      return result
    } catch (error) {
      for (const file of folder.#files.values()) await file.discard()
      await rm(folder.#work, { recursive: true, force: true })
      throw storageError(error, 'export to', folder.#out)
    }
  }

  /** Starts a file of the folder. */
  file(name: string): ExportFile {
    const temporaryName = `${temporaryFolder}/${name}.${randomUUID()}`
    const options = { fileSystem: nodeFileSystem, root: this.#work, flushByteLength: Infinity }
    const staged = new StagedFile({ ...options, at: (inner) => inner }, temporaryName)
    this.#files.set(name, staged)
    return {
      get byteLength() {
        return staged.byteLength
      },
      write: (buffers) => staged.writeSync(buffers),
    }
  }

  async #commit(): Promise<void> {
    for (const [name, file] of this.#files) await file.publish(name)
    await rm(join(this.#work, temporaryFolder), { recursive: true, force: true })
    await this.#refuseTaken()
    await rename(this.#work, this.#out)
  }

  async #refuseTaken(): Promise<void> {
    if (!existsSync(this.#out)) return
    const names = await readdir(this.#out).catch(() => ['a file'])
    if (names.length === 0) return
    throw new DatasetError(
      'conflict',
      `${this.#out} is already there; choose another folder, or remove it first`,
      {
        file: this.#out,
      },
    )
  }
}
