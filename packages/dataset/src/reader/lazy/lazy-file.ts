import type { DatasetManifest } from '../../manifest/manifest.ts'
import type { DatasetStorage, ReadHandle } from '../../storage/storage.ts'
import { runReading, runReadingSync } from '../reading.ts'
import type { LazyEmbeddings } from './lazy-embeddings.ts'
import { filesOfLazy, openLazy } from './open-lazy.ts'

/** What makes a dataset's embeddings: opened at the first read, proved by its hashes, and kept. */
export class LazyFile {
  readonly #storage: DatasetStorage
  readonly #manifest: DatasetManifest
  #lazy: LazyEmbeddings | undefined
  #handles: readonly ReadHandle[] = []

  constructor(storage: DatasetStorage, manifest: DatasetManifest) {
    this.#storage = storage
    this.#manifest = manifest
  }

  /** @throws DatasetError `corrupt` where the manifest names no tables, `mismatch` where their bytes are others */
  async open(): Promise<LazyEmbeddings> {
    if (this.#lazy !== undefined) return this.#lazy
    const handles: ReadHandle[] = []
    try {
      for (const file of filesOfLazy(this.#manifest)) handles.push(await this.#storage.openRead(file))
      return this.#keep(await runReading(openLazy(this.#manifest, handles)), handles)
    } catch (error) {
      await closeAll(handles)
      throw error
    }
  }

  /** The same on the calling thread. @param openFile opens a file of the dataset */
  openSync(openFile: (name: string) => ReadHandle): LazyEmbeddings {
    if (this.#lazy !== undefined) return this.#lazy
    const handles: ReadHandle[] = []
    try {
      for (const file of filesOfLazy(this.#manifest)) handles.push(openFile(file))
      return this.#keep(runReadingSync(openLazy(this.#manifest, handles)), handles)
    } catch (error) {
      void closeAll(handles)
      throw error
    }
  }

  async close(): Promise<void> {
    const handles = this.#handles
    this.#lazy = undefined
    this.#handles = []
    await closeAll(handles)
  }

  /** Another read may have opened the same meanwhile: the first one stays. */
  #keep(lazy: LazyEmbeddings, handles: readonly ReadHandle[]): LazyEmbeddings {
    if (this.#lazy !== undefined) {
      void closeAll(handles)
      return this.#lazy
    }
    this.#handles = handles
    return (this.#lazy = lazy)
  }
}

async function closeAll(handles: readonly ReadHandle[]): Promise<void> {
  for (const handle of handles) await handle.close()
}
