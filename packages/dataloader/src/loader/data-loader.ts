import { DataLoaderError } from '../errors.ts'
import type { BatchMemory, RowFormat } from '../source/batch-memory.ts'
import type { BatchReader } from '../source/batch-reader.ts'
import type { WindowSource } from '../source/window-source.ts'
import { makeBatch, type Batch } from './batch.ts'
import type { OrderSource } from './epoch-orders.ts'
import type { ResolvedOptions } from './options.ts'
import { RowLoader } from './row-loader.ts'

/**
 * Batches of windows for training. Each `for await` is one epoch; the next one is the next epoch. One iteration at a time:
 * a new one ends the one before.
 *
 * Made by `createDataLoader`. Close it when it reads ahead in threads or made an embedder of its own; closing is harmless
 * otherwise.
 */
export class DataLoader extends RowLoader<BatchMemory, Batch> {
  /** Windows there are to read. */
  readonly windows: number
  /** Types and sizes of a batch's arrays. */
  readonly format: RowFormat

  /** @internal Use `createDataLoader`. */
  constructor(source: WindowSource, reader: BatchReader, orderSource: OrderSource, options: ResolvedOptions) {
    const { maxLength } = source.format
    if (options.shuffle !== false && source.length === 0) {
      throw new DataLoaderError('empty', 'Expected windows to shuffle, got none')
    }
    super(
      {
        row: 'window',
        length: source.length,
        keptNames: source.keptNames ?? [],
        identity: () => source.identity(),
        readKept: (windows, columns) => source.readKept!(windows, columns),
        makeBatch: (place, windows, memory, kept) =>
          makeBatch({ ...place, maxLength }, windows, memory, kept),
        close: async () => source[Symbol.asyncDispose](),
      },
      reader,
      orderSource,
      options,
    )
    this.windows = source.length
    this.format = source.format
  }
}
