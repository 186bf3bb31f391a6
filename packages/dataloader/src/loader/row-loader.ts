import { DataLoaderError, checkWhole } from '../errors.ts'
import { batchesPerRank, windowsPerRank } from '../shard.ts'
import type { RowReader } from '../source/batch-reader.ts'
import type { KeptTexts } from '../source/window-source.ts'
import { Draws } from './draws.ts'
import { describeOrder, epochLength, makeOrder, type OrderSource } from './epoch-orders.ts'
import { Iteration, type BatchPlace } from './iteration.ts'
import type { ResolvedOptions } from './options.ts'
import { checkState, type DataLoaderState, type OrderState } from './state.ts'

/** The rows of a loader: memory M for those of a batch, B as it is handed out. */
export interface LoaderRows<M, B> {
  /** What a row is, for messages. */
  readonly row: 'window' | 'document'
  /** Rows there are to read. */
  readonly length: number
  /** Columns of texts that {@link LoaderRows.readKept} gives. */
  readonly keptNames: readonly string[]
  /** Of what the rows come from: the state of a loader of another identity is refused. */
  identity(): string
  /** The texts of `columns` for each of `rows`. */
  readKept(rows: Float64Array, columns: readonly string[]): Promise<KeptTexts>
  /** The batch of `rows` that lies in `memory`. */
  makeBatch(place: BatchPlace, rows: Float64Array, memory: M, kept?: KeptTexts): B
  /** Lets go of files and threads. */
  close(): Promise<void>
}

/**
 * Batches of rows for training. Each `for await` is one epoch; the next one is the next epoch. One iteration at a time:
 * a new one ends the one before.
 */
export abstract class RowLoader<M, B> implements AsyncIterable<B>, AsyncDisposable {
  readonly #source: LoaderRows<M, B>
  readonly #reader: RowReader<M>
  readonly #options: ResolvedOptions
  readonly #order: OrderState
  readonly #draws: Draws
  #epoch: number
  /** Position in epoch `#epoch` that the next iteration starts from. */
  #start = 0
  #iteration: Iteration<M, B> | undefined
  #identity: string | undefined
  #closed = false

  /** @internal Use `createDataLoader` or `createDocumentLoader`. */
  constructor(
    source: LoaderRows<M, B>,
    reader: RowReader<M>,
    orderSource: OrderSource,
    options: ResolvedOptions,
  ) {
    this.#source = source
    this.#reader = reader
    this.#options = options
    this.#draws = new Draws(options)
    this.#order = describeOrder(orderSource, options, this.#draws)
    this.#epoch = options.epoch
    const { keptNames } = source
    const unknown = options.columns.find((name) => !keptNames.includes(name))
    if (unknown !== undefined) {
      const known = keptNames.length === 0 ? 'there are none' : `there are ${keptNames.join(', ')}`
      throw new DataLoaderError(
        'invalid-argument',
        `Expected \`columns\` to name kept columns, got ${JSON.stringify(unknown)}; ${known}`,
      )
    }
    if (this.length === 0)
      warnOfNoBatch(`${windowsPerRank(epochLength(this.#order), 0, options)} ${source.row}s`, options)
  }

  /** Batches of a whole epoch, the same for every rank: `len(loader)`. */
  get length(): number {
    return batchesPerRank(epochLength(this.#order), 0, this.#options)
  }

  /** The epoch in progress, or the next one. */
  get epoch(): number {
    return this.#epoch
  }

  /**
   * Makes the next iteration epoch `epoch`, from its beginning: `DistributedSampler.set_epoch`. A generator's orders
   * follow each other whatever the epoch is called.
   */
  setEpoch(epoch: number): void {
    this.#epoch = checkWhole('epoch', epoch, 0)
    this.#start = 0
    this.#abandon()
  }

  /** Begins an epoch: `iter(loader)`, with its draws. */
  [Symbol.asyncIterator](): AsyncIterableIterator<B, undefined> {
    if (this.#closed) throw new DataLoaderError('closed', 'This loader was closed')
    if (this.#iteration !== undefined) this.setEpoch(this.#epoch + 1)
    this.#draws.begin()
    const epoch = this.#epoch
    const iteration = new Iteration(
      {
        epoch,
        length: epochLength(this.#order),
        start: this.#start,
        shard: this.#options,
        makeBatch: (place, rows, memory, kept) => this.#source.makeBatch(place, rows, memory, kept),
        makeOrder: () => makeOrder(this.#order, epoch, this.#draws),
        onEnd: () => {
          this.#iteration = undefined
          this.setEpoch(epoch + 1)
        },
        ...(this.#options.columns.length > 0 && {
          readKept: (rows: Float64Array) => this.#source.readKept(rows, this.#options.columns),
        }),
      },
      this.#reader,
    )
    this.#iteration = iteration
    return iteration
  }

  /**
   * Where the run is, after the batches delivered so far: plain JSON. What was read ahead does not count. The same on
   * all ranks, as long as they have taken the same number of batches.
   */
  stateDict(): DataLoaderState {
    this.#identity ??= this.#source.identity()
    const draws = this.#draws.state()
    return {
      version: 1,
      source: this.#identity,
      order: this.#order,
      epoch: this.#epoch,
      consumed: this.#iteration?.position ?? this.#start,
      ...(draws === undefined ? {} : { draws }),
    }
  }

  /**
   * Goes on where a state was saved: the next iteration gives the rest of its epoch. `batchSize` and `worldSize` may
   * be others than then. Generators are set to what they were.
   *
   * @throws DataLoaderError `mismatch` for a state of other windows or another order.
   */
  loadStateDict(state: DataLoaderState): void {
    this.#identity ??= this.#source.identity()
    checkState(state, { source: this.#identity, order: this.#order, draws: this.#draws.kind })
    this.#abandon()
    this.#draws.restore(state.draws)
    this.#epoch = state.epoch
    this.#start = state.consumed
  }

  /** Ends the iteration in progress and the reading threads. The dataset that was given stays open. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#iteration?.stop('closed')
    await this.#reader.close()
    await this.#source.close()
  }

  /** Stops reading ahead, and closes the source. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #abandon(): void {
    this.#iteration?.stop('superseded')
    this.#iteration = undefined
    this.#draws.end()
  }
}

/** PyTorch gives no batch and says nothing, which looks like a finished epoch. */
function warnOfNoBatch(rows: string, { batchSize, worldSize }: ResolvedOptions): void {
  process.emitWarning(
    `An epoch has no batch: \`batchSize\` is ${batchSize}, and each of ${worldSize} ranks has ${rows}; ` +
      'use a smaller one, or `dropLast: false`',
    'DataLoaderWarning',
  )
}
