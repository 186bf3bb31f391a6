import {
  allocateBatch,
  columnsOfFormat,
  rowsOfBatch,
  type BatchMemory,
  type RowColumn,
} from './batch-memory.ts'
import type { WindowSource } from './window-source.ts'
import { invalid } from '../errors.ts'

/** Reads batches, one after the other or several at a time; M is memory of exactly the rows that were asked for. */
export interface RowReader<M> {
  /** Batches that should be under way while the consumer has one. */
  readonly ahead: number
  /** Reads rows; `slot` counts the batches of an iteration. */
  read(rows: Float64Array, slot: number): M | Promise<M>
  /** Called before an iteration reads its first batch: reads of the one before may not be done yet. */
  restart(): void
  close(): Promise<void>
}

/** Reads batches of windows. */
export type BatchReader = RowReader<BatchMemory>

/** The caller's memory, filled in turn. */
export class OutputRing {
  readonly #columns: readonly RowColumn[]
  readonly #slots: readonly BatchMemory[]

  /** @throws DataLoaderError `invalid-argument` for an array that is missing, short or of another type. */
  constructor(columns: readonly RowColumn[], slots: readonly BatchMemory[], rows: number, shared: boolean) {
    this.#columns = columns
    this.#slots = slots
    for (const [number, slot] of slots.entries()) {
      for (const { key, array: ElementArray, length } of columns) {
        const given = slot[key]
        const fits = given instanceof ElementArray && given.length >= rows * length
        if (fits && (!shared || given.buffer instanceof SharedArrayBuffer)) continue
        const where = shared ? ' on shared memory' : ''
        const got = given === undefined ? 'none' : `${given.constructor.name} of ${given.length}`
        throw invalid(
          `Expected \`output[${number}].${key}\` to be a ${ElementArray.name} of at least ${rows * length}${where}, got ${got}`,
        )
      }
    }
  }

  take(slot: number, rows: number): BatchMemory {
    return rowsOfBatch(this.#columns, this.#slots[slot % this.#slots.length]!, 0, rows)
  }
}

/** Reads on the calling thread, when asked. */
export class DirectReader implements BatchReader {
  readonly ahead = 0
  readonly #source: WindowSource
  readonly #columns: readonly RowColumn[]
  readonly #output: OutputRing | undefined

  constructor(source: WindowSource, output: readonly BatchMemory[] | undefined, batchSize: number) {
    this.#source = source
    this.#columns = columnsOfFormat(source.format)
    this.#output = output && new OutputRing(this.#columns, output, batchSize, false)
  }

  read(windows: Float64Array, slot: number): BatchMemory | Promise<BatchMemory> {
    if (this.#output === undefined && areConsecutive(windows)) {
      const view = this.#source.view?.(windows[0]!, windows.length)
      if (view !== undefined) return view
    }
    const memory = this.#output?.take(slot, windows.length) ?? allocateBatch(this.#columns, windows.length)
    const wait = this.#source.gather(windows, memory)
    return wait === undefined ? memory : wait.then(() => memory)
  }

  restart(): void {}

  async close(): Promise<void> {}
}

function areConsecutive(windows: Float64Array): boolean {
  const first = windows[0]!
  for (let row = 1; row < windows.length; row++) if (windows[row] !== first + row) return false
  return windows.length > 0
}
