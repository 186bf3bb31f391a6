import { DataLoaderError } from '../errors.ts'
import type { Order } from '../order/order.ts'
import { batchesPerRank, batchPositions, positionAfter, type ShardOptions } from '../shard.ts'
import type { KeptTexts } from '../source/window-source.ts'
import type { RowReader } from '../source/batch-reader.ts'

/** Where a batch stands. */
export interface BatchPlace {
  readonly epoch: number
  readonly step: number
}

/** One epoch, or what is left of it. */
export interface EpochPlan<M, B> {
  readonly epoch: number
  /** Windows of the epoch's order. */
  readonly length: number
  /** Position to start from. */
  readonly start: number
  readonly shard: ShardOptions
  readonly makeBatch: (place: BatchPlace, rows: Float64Array, memory: M, kept?: KeptTexts) => B
  /** Called when the first window is needed, as PyTorch's samplers draw no earlier. */
  readonly makeOrder: () => Order
  readonly onEnd: () => void
  /** Reads what documents carry along, where that is asked for. */
  readonly readKept?: (windows: Float64Array) => Promise<KeptTexts>
}

interface Pending<M> {
  readonly windows: Float64Array
  readonly memory: M | Promise<M>
  readonly kept: Promise<KeptTexts> | undefined
}

/** The batches of one rank in one epoch. */
export class Iteration<M, B> implements AsyncIterableIterator<B> {
  readonly #plan: EpochPlan<M, B>
  readonly #reader: RowReader<M>
  readonly #batches: number
  /** Batches of this epoch before `start`, as this rank would count them. */
  readonly #stepsBefore: number
  readonly #pending: Pending<M>[] = []
  #order: Order | undefined
  #asked = 0
  #delivered = 0
  #state: 'open' | 'ended' | 'superseded' | 'closed' = 'open'

  constructor(plan: EpochPlan<M, B>, reader: RowReader<M>) {
    this.#plan = plan
    this.#reader = reader
    const { length, start, shard } = plan
    this.#batches = batchesPerRank(length, start, shard)
    this.#stepsBefore = Math.floor(start / (shard.batchSize * shard.worldSize))
    reader.restart()
    this.#askAhead()
  }

  /** Position in the epoch's order after the batches delivered so far. */
  get position(): number {
    const { length, start, shard } = this.#plan
    return positionAfter(length, start, this.#delivered, shard)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<B, undefined>> {
    try {
      if (this.#state === 'superseded') {
        const message = 'A newer iteration of this loader was started; use one iteration at a time'
        throw new DataLoaderError('superseded', message)
      }
      if (this.#state === 'closed') throw new DataLoaderError('closed', 'This loader was closed')
      if (this.#state === 'ended') return Promise.resolve({ value: undefined, done: true })
      if (this.#pending.length === 0) this.#ask()
      const pending = this.#pending.shift()
      if (pending === undefined) {
        this.#state = 'ended'
        this.#plan.onEnd()
        return Promise.resolve({ value: undefined, done: true })
      }
      this.#askAhead()
      const { memory, windows, kept } = pending
      if (kept !== undefined) {
        return Promise.all([memory, kept]).then(([filled, texts]) => ({
          value: this.#deliver(windows, filled, texts),
          done: false,
        }))
      }
      if (!(memory instanceof Promise)) {
        return Promise.resolve({ value: this.#deliver(windows, memory), done: false })
      }
      return memory.then((filled) => ({ value: this.#deliver(windows, filled), done: false }))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** `break` in a loop: the epoch is left where it is. */
  return(): Promise<IteratorResult<B, undefined>> {
    this.stop('ended')
    return Promise.resolve({ value: undefined, done: true })
  }

  stop(state: 'ended' | 'superseded' | 'closed'): void {
    if (this.#state === 'open') this.#state = state
    this.#pending.length = 0
  }

  #deliver(windows: Float64Array, memory: M, kept?: KeptTexts): B {
    const step = this.#stepsBefore + this.#delivered
    this.#delivered++
    const { epoch, makeBatch } = this.#plan
    return makeBatch({ epoch, step }, windows, memory, kept)
  }

  #askAhead(): void {
    while (this.#pending.length < this.#reader.ahead && this.#ask()) continue
  }

  /** Asks for the next batch; false where there is none. */
  #ask(): boolean {
    const windows = this.#nextWindows()
    if (windows === undefined) return false
    const memory = this.#reader.read(windows, this.#asked - 1)
    // A read that fails is told to whoever asks for its batch, and may never be asked for.
    if (memory instanceof Promise) memory.catch(() => undefined)
    const kept = this.#plan.readKept?.(windows)
    kept?.catch(() => undefined)
    this.#pending.push({ windows, memory, kept })
    return true
  }

  /** The windows of the next batch. Draws, and finds the end, at the moments PyTorch's samplers do. */
  #nextWindows(): Float64Array | undefined {
    const { length, start, shard } = this.#plan
    const order = (this.#order ??= this.#plan.makeOrder())
    if (this.#asked === this.#batches) {
      order.exhaust?.()
      return undefined
    }
    const { first, step, rows } = batchPositions(length, start, this.#asked, shard)
    const windows = new Float64Array(rows)
    for (let row = 0; row < rows; row++) {
      const position = first + row * step
      windows[row] = order.at(position < length ? position : position % length)
    }
    this.#asked++
    if (rows < shard.batchSize) order.exhaust?.()
    return windows
  }
}
