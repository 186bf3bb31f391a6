import type { DatasetManifest, TableIdentity } from '../../manifest/manifest.ts'
import type { DatasetStorage, ReadHandle } from '../../storage/storage.ts'
import { runReading, runReadingSync, type Reading } from '../reading.ts'
import { openCheckpointFile } from './checkpoint-file.ts'
import type { LazyEmbeddings } from './lazy-embeddings.ts'
import { filesOfLazy, openLazy } from './open-lazy.ts'

/** How the tables of a lazy dataset are reached. */
export interface LazyAccess {
  /**
   * The folder of the model whose embeddings a dataset has that refers to a checkpoint (`sluice run --reference`). A dataset does not
   * say where that is: what is opened is the caller's choice. @default none; then such a dataset gives ids and no embeddings
   */
  readonly checkpoint?: string
  /**
   * Prove by its hash that a model's table is the one the dataset was made with: `false` where that was done before, or where it was
   * done as `Dataset.provedTable` of a dataset says, which holds while the file stays as it is. @default true
   */
  readonly verifyTables?: boolean | string
}

/** What makes a dataset's embeddings: opened at the first read, proved by its hashes, and kept. */
export class LazyFile {
  readonly #storage: DatasetStorage
  readonly #manifest: DatasetManifest
  readonly #access: LazyAccess
  #lazy: LazyEmbeddings | undefined
  #handles: readonly ReadHandle[] = []

  constructor(storage: DatasetStorage, manifest: DatasetManifest, access: LazyAccess) {
    this.#access = access
    this.#storage = storage
    this.#manifest = manifest
  }

  /** Whether there are embeddings, or what makes them is at hand. */
  get isReachable(): boolean {
    const { layout, identities } = this.#manifest
    if (layout.embedding !== 'lazy' || this.#access.checkpoint !== undefined)
      return layout.embedding !== 'none'
    return identities.tables.every(({ checkpoint }) => checkpoint === undefined)
  }

  /** The version of the file in which a table of a model was proved; undefined where none was opened, or nothing tells. */
  get proved(): string | undefined {
    return this.#handles[0]?.version
  }

  /** @throws DatasetError `corrupt` where the manifest names no tables, `mismatch` where their bytes are others */
  async open(): Promise<LazyEmbeddings> {
    if (this.#lazy !== undefined) return this.#lazy
    const handles: ReadHandle[] = []
    try {
      const files = filesOfLazy(this.#manifest)
      if (isTable(files)) handles.push(openCheckpointFile(this.#access.checkpoint, files))
      else for (const file of files) handles.push(await this.#storage.openRead(file))
      return this.#keep(await runReading(this.#open(handles)), handles)
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
      const files = filesOfLazy(this.#manifest)
      if (isTable(files)) handles.push(openCheckpointFile(this.#access.checkpoint, files))
      else for (const file of files) handles.push(openFile(file))
      return this.#keep(runReadingSync(this.#open(handles)), handles)
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

  #open(handles: readonly ReadHandle[]): Reading<LazyEmbeddings> {
    return openLazy(this.#manifest, handles, { verify: this.#access.verifyTables ?? true })
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

function isTable(files: readonly string[] | TableIdentity): files is TableIdentity {
  return !Array.isArray(files)
}

async function closeAll(handles: readonly ReadHandle[]): Promise<void> {
  for (const handle of handles) await handle.close()
}
