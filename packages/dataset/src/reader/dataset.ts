import { DatasetError } from '../error.ts'
import { columnsOf } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { missingPart, PartReader } from './part-reader.ts'
import { readBatch } from './read-batch.ts'
import { readRows, type Piece } from './read-rows.ts'
import { runReading, runReadingSync } from './reading.ts'
import type { WindowBatch } from './window-batch.ts'

/** Options of {@link Dataset.batches}. */
export interface BatchesOptions {
  /** First window; rounded down to the record batch it lies in. @default 0 */
  readonly from?: number
  /** Read every batch into the same memory: each is valid until the next is asked for. @default false */
  readonly reuseMemory?: boolean
}

/** An open dataset: random access by window, with no more read than asked. Close it when done. */
export class Dataset implements AsyncDisposable {
  readonly manifest: DatasetManifest
  readonly storage: DatasetStorage
  readonly #parts: (PartReader | undefined)[] = []

  /** @internal Use `openDataset`. */
  constructor(storage: DatasetStorage, manifest: DatasetManifest) {
    this.storage = storage
    this.manifest = manifest
  }

  /** Number of windows. */
  get length(): number {
    return this.manifest.totals.rows
  }

  get layout(): DatasetLayout {
    return this.manifest.layout
  }

  /**
   * Reads windows `first` to `first + count`.
   *
   * @throws DatasetError `out-of-range`; `incomplete` where a part is missing; `corrupt` naming file and position.
   */
  async read(first: number, count = 1): Promise<WindowBatch> {
    const spans = this.#locate(first, count)
    const pieces: Piece[] = []
    for (const span of spans) pieces.push({ part: await this.#part(span.index), ...span })
    return runReading(readRows(columnsOf(this.layout), first, pieces))
  }

  /** The same on the calling thread, for storages that can (folders can): the quickest way to one window. */
  readSync(first: number, count = 1): WindowBatch {
    const pieces = this.#locate(first, count).map((span) => ({ part: this.#partSync(span.index), ...span }))
    return runReadingSync(readRows(columnsOf(this.layout), first, pieces))
  }

  /** All windows in order, one record batch at a time, each read at once and not copied. */
  async *batches({ from = 0, reuseMemory = false }: BatchesOptions = {}): AsyncGenerator<WindowBatch, void> {
    let shared = new ArrayBuffer(0)
    const memory = (byteLength: number): ArrayBuffer => {
      if (!reuseMemory) return new ArrayBuffer(byteLength)
      if (shared.byteLength < byteLength) shared = new ArrayBuffer(byteLength)
      return shared
    }
    for (const [index, { firstWindow, rows }] of this.manifest.parts.entries()) {
      if (firstWindow + rows <= from) continue
      const part = await this.#part(index)
      const firstBatch = Math.max(0, Math.floor((from - firstWindow) / this.layout.rowsPerBatch))
      for (let batch = firstBatch; batch < part.batches; batch++) {
        const window = firstWindow + batch * this.layout.rowsPerBatch
        yield await runReading(readBatch(part, batch, window, memory))
      }
    }
  }

  /** Closes all open parts, after the reads under way. */
  async close(): Promise<void> {
    await Promise.all(this.#parts.splice(0).map(async (part) => part?.close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Which rows of which record batches hold windows `first` to `first + count`. */
  #locate(first: number, count: number): (Omit<Piece, 'part'> & { readonly index: number })[] {
    const valid = Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0
    if (!valid || first + count > this.length) {
      throw new DatasetError(
        'out-of-range',
        `Expected windows in [0, ${this.length}), got ${first} to ${first + count} of ${this.storage.location}`,
      )
    }
    const { rowsPerBatch } = this.layout
    const pieces: (Omit<Piece, 'part'> & { readonly index: number })[] = []
    let window = first
    for (let index = this.#partOf(first); window < first + count; index++) {
      const part = this.manifest.parts[index]!
      const end = Math.min(first + count, part.firstWindow + part.rows)
      while (window < end) {
        const inPart = window - part.firstWindow
        const row = inPart % rowsPerBatch
        const rows = Math.min(rowsPerBatch - row, end - window)
        pieces.push({ index, batch: Math.floor(inPart / rowsPerBatch), row, rows })
        window += rows
      }
    }
    return pieces
  }

  /** The last part that begins at or before a window. */
  #partOf(window: number): number {
    const { parts } = this.manifest
    let low = 0
    let high = parts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (parts[middle]!.firstWindow <= window) low = middle
      else high = middle - 1
    }
    return low
  }

  async #part(index: number): Promise<PartReader> {
    const known = this.#parts[index]
    if (known !== undefined) return known
    const part = this.manifest.parts[index]!
    const handle = await this.storage.openRead(part.name).catch((error: unknown) => {
      throw missingPart(error, part, this.storage.location)
    })
    try {
      return this.#keep(index, await runReading(PartReader.open(handle, part, this.layout)))
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  #partSync(index: number): PartReader {
    const known = this.#parts[index]
    if (known !== undefined) return known
    const part = this.manifest.parts[index]!
    if (this.storage.openReadSync === undefined) {
      throw new DatasetError('invalid-argument', 'This storage cannot be read synchronously; use `read`')
    }
    try {
      const handle = this.storage.openReadSync(part.name)
      return this.#keep(index, runReadingSync(PartReader.open(handle, part, this.layout)))
    } catch (error) {
      throw missingPart(error, part, this.storage.location)
    }
  }

  /** Another read may have opened the same part meanwhile: the first one stays. */
  #keep(index: number, opened: PartReader): PartReader {
    const known = this.#parts[index]
    if (known === undefined) return (this.#parts[index] = opened)
    void opened.close()
    return known
  }
}
