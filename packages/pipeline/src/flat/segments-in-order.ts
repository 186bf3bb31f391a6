import type { DatasetStorage } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import type { TaskOutcome } from '../execute/task-receipt.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { PlannedSourceReader } from '../plan/plan.ts'
import { membersOf } from '../task/source-group.ts'
import { describeTask, segmentKey, type RunSegment, type Task } from '../task/task.ts'
import { giveHeldMemory } from '../tokens/held-memory.ts'
import { readHeld, type HeldTokens } from '../tokens/held-tokens.ts'
import type { TokenReceipt } from '../tokens/token-receipt.ts'
import { findTokenReceipt } from '../tokens/tokenize-segment.ts'
import { wholeHoles } from '../tokens/whole-holes.ts'
import type { FlatWriter } from './flat-writer.ts'

/** Ids may wait in memory for those before them up to this many bytes together; further ones go to the disk. */
const mostWaitingBytes = 256 << 20

/** What {@link SegmentsInOrder} works with. */
export interface InOrderOptions {
  readonly storage: DatasetStorage
  readonly run: PlannedRun
  readonly sources: PlannedSourceReader
  readonly writer: FlatWriter
  /** Told when nothing more can be written. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Brings the ids of segments, which are tokenized in any order, to a writer in the order of the corpus: from memory where a task
 * gave them, else from the file that it published.
 */
export class SegmentsInOrder {
  readonly #options: InOrderOptions
  /** What is written as one: segments, or all of a source that is left out if one of them is a hole. */
  readonly #units: readonly (readonly RunSegment[])[]
  readonly #held = new Map<string, HeldTokens>()
  #waitingBytes = 0
  readonly #done = new Set<string>()
  #next = 0
  #writing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  /** @param segments - those that are not written yet, in order */
  constructor(segments: readonly RunSegment[], options: InOrderOptions) {
    this.#options = options
    this.#units = this.#leavesHoles ? bySource(segments) : segments.map((segment) => [segment])
  }

  /** The tasks of the segments. Each is asked for its ids as long as there is room for them. */
  *tasks(): Generator<Task, void> {
    for (const unit of this.#units)
      for (const segment of unit) {
        // Nothing of a source is written before all of it is there, and what is held is lost where a run is stopped.
        const hold = unit.length === 1 && this.#waitingBytes < mostWaitingBytes
        yield { kind: 'tokenize', ...segment, ...(hold && { hold }) }
      }
  }

  /** Takes what a task gives. */
  offer(task: Task, { held }: TaskOutcome): void {
    if (task.kind !== 'tokenize' || held === undefined) return
    this.#held.set(keyOf(task), held)
    this.#waitingBytes += held.bytes.buffer.byteLength
  }

  /** A task of {@link tasks} is done: its ids were given, or are in files, or it was left out as a hole. */
  done(task: Task): void {
    if (task.kind !== 'tokenize') return
    this.#done.add(keyOf(task))
    this.#writing ??= this.#writeNext().finally(() => {
      this.#writing = undefined
    })
  }

  /** Waits for everything to be written. @throws what writing threw */
  async end(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #writeNext(): Promise<void> {
    try {
      for (let unit = this.#ready(); unit !== undefined; unit = this.#ready()) {
        const hole = unit.length > 1 ? await this.#holeOf(unit) : undefined
        if (hole !== undefined) await this.#writeFile(hole)
        else for (const segment of unit) await this.#writePieces(segment)
        this.#options.writer.endOfUnit()
        this.#next++
      }
    } catch (error) {
      this.#failure ??= { error }
      this.#options.onFailure(error)
    }
  }

  get #leavesHoles(): boolean {
    return this.#options.run.plan.config.onPoison === 'hole'
  }

  #ready(): readonly RunSegment[] | undefined {
    const unit = this.#units[this.#next]
    const isReady = this.#failure === undefined && unit?.every((segment) => this.#done.has(keyOf(segment)))
    return isReady === true ? unit : undefined
  }

  /** The one receipt of a source of which a piece is a hole. */
  async #holeOf(unit: readonly RunSegment[]): Promise<TokenReceipt | undefined> {
    const receipts: TokenReceipt[] = []
    for (const segment of unit) receipts.push(await this.#publishedReceiptOf(segment))
    const [hole] = wholeHoles(receipts)
    return hole?.hole === undefined ? undefined : hole
  }

  /** Writes a segment, or what was done in place of a group. */
  async #writePieces(segment: RunSegment): Promise<void> {
    const isWhole = this.#held.has(keyOf(segment)) || (await this.#receiptOf(segment)) !== undefined
    const pieces = isWhole ? [segment] : await membersOf(segment, this.#options.sources)
    for (const piece of pieces) await this.#write(piece)
  }

  #receiptOf(segment: RunSegment): ReturnType<typeof findTokenReceipt> {
    const { storage, run } = this.#options
    return findTokenReceipt(storage, run.planId, segment)
  }

  async #write(piece: RunSegment): Promise<void> {
    const key = keyOf(piece)
    const held = this.#held.get(key)
    if (held === undefined) return this.#writeFile(await this.#publishedReceiptOf(piece))
    await this.#options.writer.add(held.receipt, readHeld(held))
    this.#held.delete(key)
    this.#waitingBytes -= held.bytes.buffer.byteLength
    giveHeldMemory(held.bytes.buffer)
  }

  async #writeFile(receipt: TokenReceipt): Promise<void> {
    const { storage, writer } = this.#options
    const handle = await storage.openRead(receipt.name)
    try {
      await writer.add(receipt, handle)
    } finally {
      await handle.close()
    }
  }

  async #publishedReceiptOf(piece: RunSegment): Promise<TokenReceipt> {
    const receipt = await this.#receiptOf(piece)
    if (receipt !== undefined) return receipt
    const what = describeTask({ kind: 'tokenize', ...piece }, this.#options.run.plan)
    throw new RunError('broken-state', `Expected a receipt for ${what}, found none; run again`)
  }
}

/** Segments of one source together; a group is alone. */
function bySource(segments: readonly RunSegment[]): readonly (readonly RunSegment[])[] {
  const units: RunSegment[][] = []
  for (const segment of segments) {
    const unit = units.at(-1)
    if (unit?.[0]?.source === segment.source && unit[0].count === undefined) unit.push(segment)
    else units.push([segment])
  }
  return units
}

function keyOf(segment: RunSegment): string {
  return `${segment.source}-${segmentKey(segment)}`
}
