import { ipcShapeOf } from '../arrow/ipc-shape.ts'
import { IpcWriter, type ColumnBytes } from '../arrow/ipc-writer.ts'
import { DatasetError } from '../errors.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { partName, partStem, receiptName } from '../layout/names.ts'
import { publishJson } from '../storage/publish-json.ts'
import type { DatasetStorage, StagedObject } from '../storage/storage.ts'
import { batchBytes } from './batch-bytes.ts'
import { documentRowBytes, type DocumentRows } from './document-rows.ts'
import type { PartBatch } from './part-batch.ts'
import type { PartReceipt } from './receipt.ts'
import { sliceBatch } from './split-batch.ts'
import type { WindowIdMemory } from './window-ids.ts'

/** Options of {@link createPartWriter}. */
export interface PartWriterOptions {
  readonly storage: DatasetStorage
  readonly layout: DatasetLayout
  /** sha256 of the canonical plan, in hexadecimal. */
  readonly planId: string
  /** Position of the part in the dataset, from 0. */
  readonly index: number
  /** Place of the first row in the dataset. */
  readonly firstWindow: number
}

/** Numbers a part's writer cannot count itself. */
export interface PartCounts {
  /** Documents that begin in this part. @default 0 */
  readonly documents?: number
}

/** Options of {@link PartWriter.append}. */
export interface AppendOptions {
  /** The caller has seen that every id is of the vocabulary, or an ignored target: none is looked at again. @default false */
  readonly idsInside?: boolean
}

/**
 * Writes one part: `append` any number of times, then `finish`; `abort` at any time leaves nothing behind.
 * Holds no more memory than one record batch's headers, and blocks its thread while the system copies.
 */
export interface PartWriter extends AsyncDisposable {
  /** Rows of each record batch; appended in multiples of this, except for the last rows of the part. */
  readonly rowsPerBatch: number
  /** Rows appended so far. */
  readonly rows: number
  /**
   * Writes windows to the file. The arrays may be reused, and the next windows appended, when the promise is fulfilled.
   *
   * @throws DatasetError `invalid-argument` or `out-of-range` for a batch that does not fit the layout, or that comes
   * after a short one; `no-space`, `read-only` or `io` from the storage. Call `abort` after any of them.
   */
  append(batch: PartBatch, options?: AppendOptions): Promise<void>
  /**
   * Publishes the part and then its receipt; running the same task twice publishes once.
   *
   * @throws DatasetError `conflict` when the receipt's name is taken by another result: another plan in the same
   * folder, or a task that does not give the same bytes twice.
   */
  finish(counts?: PartCounts): Promise<PartReceipt>
  /** Gives the part up: what was staged is removed, and nothing is published. */
  abort(): Promise<void>
}

/** Writes one part of a dataset whose rows are documents: as {@link PartWriter}, but each batch is a record batch of its own. */
export interface DocumentPartWriter extends AsyncDisposable {
  /** Rows appended so far. */
  readonly rows: number
  /**
   * Writes documents to the file, as one record batch. The arrays may be reused when the promise is fulfilled.
   *
   * @throws DatasetError as {@link PartWriter.append}
   */
  append(batch: DocumentRows): Promise<void>
  /** @throws DatasetError as {@link PartWriter.finish} */
  finish(counts?: PartCounts): Promise<PartReceipt>
  /** Gives the part up, as {@link PartWriter.abort}. */
  abort(): Promise<void>
}

/** Opens a part for writing under a temporary name. */
export function createPartWriter(options: PartWriterOptions): PartWriter {
  return new WindowPart(options)
}

/** Opens a part whose rows are documents. `firstWindow` is the number of its first document. */
export function createDocumentPartWriter(options: PartWriterOptions): DocumentPartWriter {
  return new DocumentPart(options)
}

interface OpenPart {
  readonly staged: StagedObject
  readonly ipc: IpcWriter
}

/** What parts of all kinds have in common. */
abstract class StagedPart implements AsyncDisposable {
  #rows = 0
  #tokens = 0
  #ended = false
  readonly options: PartWriterOptions
  /** The temporary object, from the first write on. */
  #open: OpenPart | undefined

  constructor(options: PartWriterOptions) {
    this.options = options
  }

  get rows(): number {
    return this.#rows
  }

  /** Writes a record batch. */
  protected async write(rows: number, tokens: number, columns: readonly ColumnBytes[]): Promise<void> {
    const { ipc } = await this.#begin()
    await ipc.writeBatch(rows, columns)
    this.#rows += rows
    this.#tokens += tokens
  }

  async finish({ documents = 0 }: PartCounts = {}): Promise<PartReceipt> {
    const { storage, planId, index, firstWindow } = this.options
    this.#ended = true
    const { staged, ipc } = await this.#begin()
    try {
      const sha256 = (await ipc.end())!
      const { byteLength } = staged
      const name = partName(index, sha256)
      if ((await staged.publish(name)) === 'exists') await expectByteLength(storage, name, byteLength)
      const rows = this.#rows
      const tokens = this.#tokens
      const receipt = {
        version: 1,
        planId,
        index,
        name,
        firstWindow,
        rows,
        tokens,
        documents,
        byteLength,
        sha256,
      } as const
      await publishJson(storage, receiptName(index), receipt)
      return receipt
    } finally {
      await staged.discard()
    }
  }

  async abort(): Promise<void> {
    this.#ended = true
    await this.#open?.staged.discard()
  }

  async #begin(): Promise<OpenPart> {
    if (this.#open !== undefined) return this.#open
    const { storage, layout, index } = this.options
    const staged = await storage.stage(partStem(index), { uncached: true })
    this.#open = { staged, ipc: new IpcWriter(staged, ipcShapeOf(layout), { hash: true }) }
    return this.#open
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) await this.abort()
  }
}

class WindowPart extends StagedPart implements PartWriter {
  readonly #memory: WindowIdMemory = {}

  get rowsPerBatch(): number {
    return this.options.layout.rowsPerBatch
  }

  async append(batch: PartBatch, { idsInside = false }: AppendOptions = {}): Promise<void> {
    const { layout, firstWindow } = this.options
    // Batches of one size make a part's bytes independent of how its rows were handed over, and rows easy to find.
    if (batch.rows > 0 && this.rows % layout.rowsPerBatch !== 0) {
      throw new DatasetError(
        'invalid-argument',
        `Expected rows in multiples of ${layout.rowsPerBatch} until the last, got more after ${this.rows}`,
      )
    }
    for (let first = 0; first < batch.rows; first += layout.rowsPerBatch) {
      const end = Math.min(first + layout.rowsPerBatch, batch.rows)
      const slice = end - first === batch.rows ? batch : sliceBatch(batch, first, end)
      const columns = batchBytes(layout, slice, firstWindow + this.rows, { memory: this.#memory, idsInside })
      await this.write(slice.rows, slice.rows * layout.maxLength, columns)
    }
  }
}

class DocumentPart extends StagedPart implements DocumentPartWriter {
  async append(batch: DocumentRows): Promise<void> {
    const { layout, firstWindow } = this.options
    const { rows, offsets } = batch
    if (rows < 1 || rows > layout.rowsPerBatch) {
      const message = `Expected 1 to ${layout.rowsPerBatch} documents in a batch, got ${rows}`
      throw new DatasetError('invalid-argument', message)
    }
    await this.write(rows, offsets[rows]!, documentRowBytes(layout, batch, firstWindow + this.rows))
  }
}

async function expectByteLength(storage: DatasetStorage, name: string, expected: number): Promise<void> {
  const stat = await storage.stat(name)
  if (stat?.byteLength === expected) return
  throw new DatasetError(
    'corrupt',
    `Expected ${name} in ${storage.location} to have ${expected} bytes, got ${stat?.byteLength ?? 'no file'}; ` +
      'remove it and run the task again',
    { file: name },
  )
}
