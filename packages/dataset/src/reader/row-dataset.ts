import type { DatasetLayout } from '../layout/layout.ts'
import { openSources, type SourceReader } from '../lists/sources.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { DocumentTable } from './document-table.ts'
import { LazyFile, type LazyAccess } from './lazy/lazy-file.ts'
import { OpenParts } from './open-parts.ts'

/** What open datasets have in common, whatever their rows are. Close them when done. */
export abstract class RowDataset implements AsyncDisposable {
  readonly manifest: DatasetManifest
  readonly storage: DatasetStorage
  /** The corpus, by the numbers of the column `source`. */
  readonly sources: SourceReader
  /** @internal */
  protected readonly parts: OpenParts
  /** @internal */
  protected readonly lazy: LazyFile
  #documents: DocumentTable | undefined

  /** The folder of the checkpoint that embeddings are made from, as it was given. */
  readonly checkpoint: string | undefined

  /** @internal Use `openDataset` or `openDocuments`. */
  constructor(storage: DatasetStorage, manifest: DatasetManifest, access: LazyAccess = {}) {
    this.checkpoint = access.checkpoint
    this.storage = storage
    this.manifest = manifest
    this.sources = openSources(storage, manifest.sources)
    this.parts = new OpenParts(storage, manifest)
    this.lazy = new LazyFile(storage, manifest, access)
  }

  /** The table of all documents, where they carry values along. It is closed with the dataset. */
  get documents(): DocumentTable | undefined {
    const { documentTable, layout } = this.manifest
    if (documentTable === undefined || layout.kept === undefined) return undefined
    return (this.#documents ??= new DocumentTable(this.storage, layout.kept, documentTable))
  }

  /** In which file, as it is now, the model's table was proved: what `verifyTables` of `openDataset` takes elsewhere. Undefined before. */
  get provedTable(): string | undefined {
    return this.lazy.proved
  }

  /** Whether rows have embeddings: false of ids alone, and where they are made from a checkpoint that was not named. */
  get hasEmbeddings(): boolean {
    return this.lazy.isReachable
  }

  /** Number of rows. */
  get length(): number {
    return this.manifest.totals.rows
  }

  get layout(): DatasetLayout {
    return this.manifest.layout
  }

  /**
   * Compares the bytes of every part with the hash that the manifest has.
   *
   * @throws DatasetError `corrupt` naming the first part that differs.
   */
  checkHashes(signal?: AbortSignal): Promise<void> {
    return this.parts.checkHashes(signal)
  }

  /** Closes the files that are open, after the reads under way. */
  async close(): Promise<void> {
    await this.#documents?.close()
    await this.lazy.close()
    await this.parts.close()
  }

  /** Closes the files that are open. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
