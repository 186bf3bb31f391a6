import type { DatasetStorage } from '@sluice/dataset'
import type { Plan } from '../plan/plan.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { evenParts } from '../task/part-task.ts'
import type { RunSegment, Task } from '../task/task.ts'
import { publishTokenIndex } from '../tokens/token-index-file.ts'
import type { TokenReceipt } from '../tokens/token-receipt.ts'
import { TokenIndexBuilder } from '../tokens/token-stream.ts'
import { findTokenReceipt } from '../tokens/tokenize-segment.ts'

/** An index of the ids so far is made for each of so many shares of a corpus at most: reading it is a cost of each thread. */
const mostIndexes = 32

/** What {@link EarlyParts} works with. */
export interface EarlyPartsOptions {
  readonly storage: DatasetStorage
  readonly run: PlannedRun
  /** All segments of the corpus, in order. */
  readonly segments: readonly RunSegment[]
}

/**
 * Parts that are made while the corpus is still tokenized: as soon as all segments are done that a part is cut from, and enough of what
 * follows to know that its last row is not the last of all. So the disk has work while the processors tokenize.
 *
 * A part has the bytes that it would have later: what stands in its rows depends on the ids up to its end alone.
 */
export class EarlyParts {
  readonly #options: EarlyPartsOptions
  readonly #placeOf: ReadonlyMap<Task, number>
  readonly #done = new Set<number>()
  readonly #receipts: TokenReceipt[] = []
  readonly #stream: TokenIndexBuilder
  readonly #ready: Task[] = []
  readonly #made = new Set<number>()
  #nextPart = 0
  /** Segments that the last index has. */
  #indexed = 0
  #indexing: Promise<void> | undefined
  #ended = false

  /** Undefined where a part may depend on ids that come later. */
  static of(options: EarlyPartsOptions, tasks: readonly Task[]): EarlyParts | undefined {
    return tasks.length > 1 && dependOnPast(options.run.plan) ? new EarlyParts(options, tasks) : undefined
  }

  private constructor(options: EarlyPartsOptions, tasks: readonly Task[]) {
    this.#options = options
    this.#placeOf = new Map(tasks.map((task, place) => [task, place]))
    this.#stream = new TokenIndexBuilder(options.run.plan.config.separator === 'between')
  }

  /** The parts that are made. */
  get made(): ReadonlySet<number> {
    return this.#made
  }

  /**
   * The tasks of the segments, and in turns with them those of parts that can be made: a thread that makes a part takes a segment
   * beside it.
   */
  *between(tasks: Iterable<Task>): Generator<Task> {
    for (const task of tasks) {
      const part = this.#ready.shift()
      if (part !== undefined) yield part
      yield task
    }
    for (let part = this.#ready.shift(); part !== undefined; part = this.#ready.shift()) yield part
  }

  /** To be told of every task that was done. */
  done(task: Task): void {
    if (task.kind === 'embed') this.#made.add(task.part)
    const place = this.#placeOf.get(task)
    if (place === undefined) return
    this.#done.add(place)
    // A receipt that cannot be read, or an index that cannot be written, is found again by whoever makes the index of all.
    this.#indexing ??= this.#index()
      .catch(() => {
        this.#ended = true
      })
      .finally(() => {
        this.#indexing = undefined
      })
  }

  /** No part is begun any more. Settles when nothing more is written here. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#indexing
  }

  /** Follows the segments that are done without a gap, and cuts parts from them. */
  async #index(): Promise<void> {
    const { storage, run, segments } = this.#options
    while (!this.#ended && this.#done.has(this.#receipts.length)) {
      const receipt = await findTokenReceipt(storage, run.planId, segments[this.#receipts.length]!)
      if (receipt === undefined) {
        this.#ended = true
        return
      }
      this.#receipts.push(receipt)
      this.#stream.add(receipt)
    }
    const known = this.#receipts.length
    const parts = this.#wholeParts()
    const isWorthIt = known - this.#indexed >= segments.length / mostIndexes
    if (this.#ended || parts <= this.#nextPart || !isWorthIt) return
    this.#indexed = known
    const index = await publishTokenIndex(storage, this.#receipts)
    const cut = evenParts(run.plan, parts * run.plan.windowsPerPart)
    for (; this.#nextPart < parts; this.#nextPart++)
      this.#ready.push({ kind: 'embed', index, ...cut.task(this.#nextPart) })
  }

  /** Parts whose last row has another one after it. */
  #wholeParts(): number {
    const { config, windowsPerPart } = this.#options.run.plan
    const windows = Math.floor((this.#stream.tokens - config.maxLength - 1) / config.stride)
    return Math.floor(Math.max(0, windows) / windowsPerPart)
  }
}

/** Rows are consecutive windows of the whole stream, and hold no vectors: tables and models may not be there yet. */
function dependOnPast({ config }: Plan): boolean {
  return (
    config.per === 'window' &&
    config.boundary === 'cross' &&
    config.packing === 'none' &&
    config.shuffle === null &&
    config.embeddings === 'none' &&
    // What is left out is known when all attempts have failed.
    config.onPoison !== 'hole'
  )
}
