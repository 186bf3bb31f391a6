import { partColumnsOf } from '../layout/columns.ts'
import { placeBatch, type BatchPlace } from './batch-place.ts'
import { locateWindows, type RowSpan } from './locate.ts'
import { readBatch } from './read-batch.ts'
import { readRows, type Piece } from './read-rows.ts'
import { RowDataset } from './row-dataset.ts'
import { runReading, runReadingSync } from './reading.ts'
import { storedNames, type WindowBatch } from './window-batch.ts'

/** Options of {@link Dataset.read} and {@link Dataset.readSync}. */
export interface ReadOptions {
  /**
   * A batch that was read before, of as many windows: its arrays are overwritten. New memory costs more than reading
   * does, so a loop over windows should pass what it got. @default new arrays
   */
  readonly into?: WindowBatch
  /** Make the embeddings of a lazy dataset. @default true */
  readonly embeds?: boolean
}

/** Options of {@link Dataset.batches}. */
export interface BatchesOptions {
  /** First window; rounded down to the record batch it lies in. @default 0 */
  readonly from?: number
  /** Read every batch into the same memory: each is valid until the next is asked for. @default false */
  readonly reuseMemory?: boolean
}

/**
 * An open dataset: random access by window, with no more read than asked. Close it when done.
 *
 * A lazy dataset gives the same tensors as a full one: it loads its tables at the first read, proves by their hashes
 * that they are the manifest's, and adds rows up as they are asked for.
 */
export class Dataset extends RowDataset {
  /**
   * Reads windows `first` to `first + count`.
   *
   * @throws DatasetError `out-of-range`; `incomplete` where a part is missing; `corrupt` naming file and position.
   */
  async read(first: number, count = 1, { into, embeds = true }: ReadOptions = {}): Promise<WindowBatch> {
    const pieces: Piece[] = []
    for (const { part, ...rows } of locateWindows(this.manifest, first, count)) {
      pieces.push({ part: await this.parts.open(part), ...rows })
    }
    const batch = await runReading(
      readRows(partColumnsOf(this.layout), first, pieces, { layout: this.layout, into }),
    )
    return embeds && this.layout.embedding === 'lazy' ? this.embed(batch) : batch
  }

  /** Reads on the calling thread, for storages that can (folders can): the quickest way to one window. */
  readSync(first: number, count = 1, { into, embeds = true }: ReadOptions = {}): WindowBatch {
    const spans = locateWindows(this.manifest, first, count)
    const pieces = spans.map(({ part, ...rows }) => ({ part: this.parts.openSync(part), ...rows }))
    const batch = runReadingSync(
      readRows(partColumnsOf(this.layout), first, pieces, { layout: this.layout, into }),
    )
    if (!embeds || this.layout.embedding !== 'lazy') return batch
    const lazy = this.lazy.openSync((name) => this.parts.openFileSync(name))
    return { ...batch, inputsEmbeds: runReadingSync(lazy.embed(batch)) }
  }

  /**
   * Where the record batch lies that holds a window; reads its header only. For readers that fetch rows into memory of
   * their own, such as a data loader.
   *
   * @throws DatasetError as {@link read} does; `invalid-argument` for storages that cannot be read synchronously.
   */
  placeOfSync(window: number): BatchPlace {
    const [{ part, batch, row }] = locateWindows(this.manifest, window, 1) as [RowSpan]
    return placeBatch(this.parts.openSync(part), batch, window - row)
  }

  /**
   * Any batch of this layout with the embeddings that the dataset's tables give its ids, whatever the dataset stores:
   * how `verify --deep` computes again what a full dataset holds.
   *
   * @throws DatasetError `corrupt` where the manifest names no tables, `mismatch` where their bytes are others.
   */
  async embed(batch: WindowBatch): Promise<WindowBatch> {
    const lazy = await this.lazy.open()
    return { ...batch, inputsEmbeds: await runReading(lazy.embed(batch)) }
  }

  /**
   * The vectors that the dataset's tables give ids at positions, in the dataset's element type.
   *
   * @throws DatasetError as {@link embed}
   */
  async embedIds(inputIds: Int32Array, positionIds: Int32Array): Promise<Float32Array | Uint16Array> {
    const lazy = await this.lazy.open()
    return runReading(lazy.embed({ inputIds, positionIds }))
  }

  /** All windows in order, one record batch at a time, each read at once and not copied. */
  async *batches({ from = 0, reuseMemory = false }: BatchesOptions = {}): AsyncGenerator<WindowBatch, void> {
    const memory = reuseMemory ? sharedMemory() : (byteLength: number) => new ArrayBuffer(byteLength)
    const { rowsPerBatch, embedding } = this.layout
    for (const [index, { firstWindow, rows }] of this.manifest.parts.entries()) {
      if (firstWindow + rows <= from) continue
      const part = await this.parts.open(index)
      const firstBatch = Math.max(0, Math.floor((from - firstWindow) / rowsPerBatch))
      for (let number = firstBatch; number < part.batches; number++) {
        const window = firstWindow + number * rowsPerBatch
        const batch = await runReading(readBatch(part, number, window, memory, this.layout))
        yield embedding === 'lazy' ? await this.embed(batch) : batch
      }
    }
  }

  /**
   * Reads some columns of rows in any order, as one batch whose `firstWindow` is the first of these rows. Embeddings of a
   * lazy dataset are not among them.
   *
   * @internal For exports.
   */
  async readColumns(rows: ArrayLike<number>, names: readonly string[]): Promise<WindowBatch> {
    const pieces: Piece[] = []
    for (let index = 0; index < rows.length;) {
      let count = 1
      while (rows[index + count] === rows[index]! + count) count++
      for (const { part, ...span } of locateWindows(this.manifest, rows[index]!, count)) {
        pieces.push({ part: await this.parts.open(part), ...span })
      }
      index += count
    }
    const stored = storedNames(names, this.layout)
    const columns = partColumnsOf(this.layout).filter(({ name }) => stored.includes(name))
    return runReading(readRows(columns, rows[0] ?? 0, pieces, { layout: this.layout }))
  }

  /**
   * The record batches of a part as they lie in its file, headers included, in chunks of one reused buffer.
   *
   * @internal For exports that keep them.
   */
  async *rawBatches(index: number, chunkByteLength: number): AsyncGenerator<Uint8Array, void> {
    const { handle, batchBytes } = await this.parts.open(index)
    const { start, end } = batchBytes
    const memory = new Uint8Array(Math.min(chunkByteLength, end - start))
    for (let position = start; position < end; position += memory.byteLength) {
      const chunk = memory.subarray(0, Math.min(memory.byteLength, end - position))
      await handle.read(chunk, position)
      yield chunk
    }
  }
}

/** One buffer that grows to the largest batch. */
function sharedMemory(): (byteLength: number) => ArrayBuffer {
  let shared = new ArrayBuffer(0)
  return (byteLength) => {
    if (shared.byteLength < byteLength) shared = new ArrayBuffer(byteLength)
    return shared
  }
}
