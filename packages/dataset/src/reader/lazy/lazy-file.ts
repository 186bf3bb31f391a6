import type { DatasetManifest } from '../../manifest/manifest.ts'
import type { DatasetStorage, ReadHandle } from '../../storage/storage.ts'
import { runReading, runReadingSync } from '../reading.ts'
import type { LazyEmbeddings } from './lazy-embeddings.ts'
import { fileOfLazy, openLazy } from './open-lazy.ts'

/** What makes a dataset's embeddings: opened at the first read, proved by its hashes, and kept. */
export class LazyFile {
  readonly #storage: DatasetStorage
  readonly #manifest: DatasetManifest
  #lazy: LazyEmbeddings | undefined
  #handle: ReadHandle | undefined

  constructor(storage: DatasetStorage, manifest: DatasetManifest) {
    this.#storage = storage
    this.#manifest = manifest
  }

  /** @throws DatasetError `corrupt` where the manifest names no tables, `mismatch` where their bytes are others */
  async open(): Promise<LazyEmbeddings> {
    if (this.#lazy !== undefined) return this.#lazy
    const handle = await this.#storage.openRead(fileOfLazy(this.#manifest))
    try {
      return this.#keep(await runReading(openLazy(this.#manifest, handle)), handle)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** The same on the calling thread. @param openFile opens a file of the dataset */
  openSync(openFile: (name: string) => ReadHandle): LazyEmbeddings {
    if (this.#lazy !== undefined) return this.#lazy
    const handle = openFile(fileOfLazy(this.#manifest))
    try {
      return this.#keep(runReadingSync(openLazy(this.#manifest, handle)), handle)
    } catch (error) {
      void handle.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#lazy = undefined
    this.#handle = undefined
    await handle?.close()
  }

  /** Another read may have opened the same meanwhile: the first one stays. */
  #keep(lazy: LazyEmbeddings, handle: ReadHandle): LazyEmbeddings {
    if (this.#lazy !== undefined) {
      void handle.close()
      return this.#lazy
    }
    this.#handle = handle
    return (this.#lazy = lazy)
  }
}
