import {
  DatasetError,
  splitWindowIds,
  type BatchPlace,
  type ColumnPlace,
  type Dataset,
  type EmbeddingMode,
} from '@sluice/dataset'
import {
  allocateBatch,
  batchByteLength,
  columnsOfFormat,
  copyRow,
  rowsOfBatch,
  type BatchMemory,
  type RowColumn,
  type RowFormat,
} from './batch-memory.ts'
import { BatchIndex } from './batch-index.ts'
import { BlockCache } from './block-cache.ts'
import type { DatasetSourceSettings, SourceDescription } from './description.ts'
import { readKeptOf } from './read-kept.ts'
import type { KeptTexts, WindowSource } from './window-source.ts'

/**
 * Windows of a dataset in a folder, read with one system call a column and stretch of rows, straight into the batch.
 *
 * Columns that are worth keeping are read a record batch at a time and copied from there: the ids where windows come in
 * order or the whole dataset's fit in `cacheByteLength`, and every column where windows come in blocks.
 */
export class DatasetSource implements WindowSource {
  readonly length: number
  readonly format: RowFormat
  readonly #dataset: Dataset
  readonly #settings: DatasetSourceSettings
  readonly #columns: readonly RowColumn[]
  readonly #kept: readonly RowColumn[]
  readonly #fetched: readonly RowColumn[]
  readonly #index: BatchIndex
  readonly #places: (BatchPlace | undefined)[] = []
  readonly #cache: BlockCache<BatchMemory>
  #scratch: Int32Array | Uint16Array = new Int32Array(0)

  constructor(dataset: Dataset, settings: DatasetSourceSettings) {
    this.#dataset = dataset
    this.#settings = settings
    this.length = dataset.length
    this.format = formatOf(dataset, settings.embeds ? ['full'] : [])
    this.#index = new BatchIndex(dataset.manifest)
    this.#columns = columnsOfFormat(this.format)
    const keep = columnsToKeep(this.#columns, dataset, settings)
    this.#kept = keep.columns
    this.#fetched = this.#columns.filter((column) => !keep.columns.includes(column))
    this.#cache = new BlockCache(keep.batches)
  }

  identity(): string {
    return `dataset:${this.#dataset.manifest.planId}`
  }

  gather(windows: Float64Array, target: BatchMemory): void {
    if (this.#kept.length > 0) this.#copyKept(windows, target)
    if (this.#fetched.length > 0) this.#fetch(windows, target)
  }

  view(first: number, rows: number): BatchMemory | undefined {
    // Blocks' memory is used again for other blocks.
    if (this.#kept.length === 0 || this.#settings.access.kind === 'blocks') return undefined
    const batch = this.#index.batchOf(first)
    const row = first - this.#index.starts[batch]!
    if (first + rows > this.#index.starts[batch + 1]!) return undefined
    const views = rowsOfBatch(this.#kept, this.#block(batch), row, rows)
    if (this.#fetched.length === 0) return views
    const memory = allocateBatch(this.#fetched, rows)
    this.#fetchRows(batch, row, rows, memory, 0)
    return { ...views, ...memory }
  }

  get keptNames(): readonly string[] {
    return this.#dataset.layout.kept?.names ?? []
  }

  readKept(windows: Float64Array, columns: readonly string[]): Promise<KeptTexts> {
    return readKeptOf(this.#dataset, windows, columns)
  }

  describe(): SourceDescription {
    const { storage, manifest, checkpoint, provedTable } = this.#dataset
    return {
      ...{ kind: 'folder', folder: storage.location, planId: manifest.planId, settings: this.#settings },
      ...(checkpoint !== undefined && { checkpoint }),
      ...(provedTable !== undefined && { verifyTables: provedTable }),
    }
  }

  /** The dataset stays open: it is its opener's. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #copyKept(windows: Float64Array, target: BatchMemory): void {
    const { starts } = this.#index
    let batch = -1
    let block: BatchMemory | undefined
    for (let at = 0; at < windows.length; at++) {
      const window = windows[at]!
      if (block === undefined || window < starts[batch]! || window >= starts[batch + 1]!) {
        batch = this.#index.batchOf(window)
        block = this.#block(batch)
      }
      const row = window - starts[batch]!
      for (const { key, length } of this.#kept) {
        copyRow(block[key]!, row * length, target[key]!, at * length, length)
      }
    }
  }

  #fetch(windows: Float64Array, target: BatchMemory): void {
    const { starts } = this.#index
    for (let at = 0; at < windows.length;) {
      const window = windows[at]!
      const batch = this.#index.batchOf(window)
      let rows = 1
      while (windows[at + rows] === window + rows && window + rows < starts[batch + 1]!) rows++
      this.#fetchRows(batch, window - starts[batch]!, rows, target, at)
      at += rows
    }
  }

  #fetchRows(batch: number, row: number, rows: number, target: BatchMemory, at: number): void {
    this.#read(this.#fetched, batch, { row, rows }, target, at)
  }

  /** Reads rows of a record batch into memory from row `at` on. */
  #read(
    columns: readonly RowColumn[],
    batch: number,
    { row, rows }: { readonly row: number; readonly rows: number },
    target: BatchMemory,
    at: number,
  ): void {
    const place = this.#place(batch)
    const once = place.columns.window_ids
    const { layout } = this.#dataset
    for (const { key, column, length } of columns) {
      if (once === undefined || !isIdColumn(column))
        readColumn(place, placeOf(place, column), row, rows, bytesFrom(target[key]!, at * length))
    }
    if (once === undefined || !columns.some(({ column }) => isIdColumn(column))) return
    // Both columns are cut from one read.
    const ids = this.#windowIds(rows * (layout.maxLength + 1))
    readColumn(place, once, row, rows, bytesFrom(ids, 0))
    const size = rows * layout.maxLength
    const start = at * layout.maxLength
    const part = <T extends Int32Array | Uint16Array>(array: T): T => array.subarray(start, start + size) as T
    splitWindowIds(ids, layout, part(target.inputIds), part(target.targetIds))
  }

  /** Memory for ids as they are stored, used again for each read. */
  #windowIds(length: number): Int32Array | Uint16Array {
    if (this.#scratch.length < length)
      this.#scratch = this.format.idType === 'int32' ? new Int32Array(length) : new Uint16Array(length)
    return this.#scratch.subarray(0, length)
  }

  #block(batch: number): BatchMemory {
    return this.#cache.get(batch, (evicted) => {
      const place = this.#place(batch)
      const memory = this.#memoryFor(place.rows, evicted)
      this.#read(this.#kept, batch, { row: 0, rows: place.rows }, memory, 0)
      return memory
    })
  }

  /** The memory of a block that is needed no more, if it is ours alone and large enough: new memory costs a fault a page. */
  #memoryFor(rows: number, evicted: BatchMemory | undefined): BatchMemory {
    const { key, length } = this.#kept[0]!
    const isOurs = this.#settings.access.kind === 'blocks'
    const isEnough = evicted !== undefined && evicted[key]!.length >= rows * length
    return isOurs && isEnough ? evicted : allocateBatch(this.#kept, rows)
  }

  #place(batch: number): BatchPlace {
    return (this.#places[batch] ??= this.#dataset.placeOfSync(this.#index.starts[batch]!))
  }
}

function isIdColumn(column: RowColumn['column']): boolean {
  return column === 'input_ids' || column === 'target_ids'
}

function readColumn(
  { handle }: BatchPlace,
  { position, rowByteLength }: ColumnPlace,
  row: number,
  rows: number,
  target: Uint8Array,
): void {
  handle.readSync!(target.subarray(0, rows * rowByteLength), position + row * rowByteLength)
}

/** The bytes of an array from an element on. */
function bytesFrom(
  {
    buffer,
    byteOffset,
    byteLength,
    BYTES_PER_ELEMENT,
  }: ArrayBufferView & { readonly BYTES_PER_ELEMENT: number },
  element: number,
): Uint8Array {
  const start = element * BYTES_PER_ELEMENT
  return new Uint8Array(buffer, byteOffset + start, byteLength - start)
}

function placeOf(place: BatchPlace, column: RowColumn['column']): ColumnPlace {
  const found = place.columns[column]
  if (found !== undefined) return found
  throw new DatasetError('corrupt', `${place.handle.name} has no column ${column}`, {
    file: place.handle.name,
  })
}

/** The rows of a dataset, with embeddings where it has them in one of the given modes. */
export function formatOf({ layout }: Dataset, embeds: readonly EmbeddingMode[]): RowFormat {
  const { maxLength, idType, dtype, positionIds, documents } = layout
  const dim = embeds.includes(layout.embedding) ? layout.dim : 0
  // A lazy dataset has no such column.
  const firstBlockDim = dim > 0 ? (layout.firstBlockDim ?? 0) : 0
  return {
    ...{ maxLength, idType, dim, firstBlockDim, embedsType: dtype, positionIds },
    documentIds: documents === 'ids',
  }
}

/** Which columns are kept a record batch at a time, and how many record batches. */
function columnsToKeep(
  columns: readonly RowColumn[],
  { layout, length }: Dataset,
  { access, cacheByteLength }: DatasetSourceSettings,
): { readonly columns: readonly RowColumn[]; readonly batches: number } {
  if (access.kind === 'blocks') {
    const perBlock = Math.ceil(access.blockSize / layout.rowsPerBatch) + 1
    return { columns, batches: access.blocksTogether * perBlock }
  }
  const ids = columns.filter(({ column }) => column !== 'inputs_embeds' && column !== 'first_block')
  if (batchByteLength(ids, length) <= cacheByteLength) return { columns: ids, batches: Infinity }
  return access.kind === 'sequential' ? { columns: ids, batches: 2 } : { columns: [], batches: 0 }
}
