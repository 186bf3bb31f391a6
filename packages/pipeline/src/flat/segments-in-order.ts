import type { DatasetStorage } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import type { TaskOutcome } from '../execute/task-receipt.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { PlannedSourceReader } from '../plan/plan.ts'
import { membersOf } from '../task/source-group.ts'
import { describeTask, segmentKey, type RunSegment, type Task } from '../task/task.ts'
import { readHeld, releaseHeld, type HeldTokens } from '../tokens/held-tokens.ts'
import { findTokenReceipt } from '../tokens/tokenize-segment.ts'
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
  readonly #segments: readonly RunSegment[]
  readonly #held = new Map<string, HeldTokens>()
  #waitingBytes = 0
  readonly #done = new Set<string>()
  #next = 0
  #writing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  /** @param segments - those that are not written yet, in order */
  constructor(segments: readonly RunSegment[], options: InOrderOptions) {
    this.#segments = segments
    this.#options = options
  }

  /** The tasks of the segments. Each is asked for its ids as long as there is room for them. */
  *tasks(): Generator<Task, void> {
    for (const segment of this.#segments) {
      const hold = this.#waitingBytes < mostWaitingBytes
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
      for (let segment = this.#ready(); segment !== undefined; segment = this.#ready()) {
        for (const piece of await this.#piecesOf(segment)) await this.#write(piece)
        this.#next++
      }
    } catch (error) {
      this.#failure ??= { error }
      this.#options.onFailure(error)
    }
  }

  #ready(): RunSegment | undefined {
    const segment = this.#segments[this.#next]
    const isReady = this.#failure === undefined && segment !== undefined && this.#done.has(keyOf(segment))
    return isReady ? segment : undefined
  }

  /** The segment, or what was done in place of a group. */
  async #piecesOf(segment: RunSegment): Promise<readonly RunSegment[]> {
    const isWhole = this.#held.has(keyOf(segment)) || (await this.#receiptOf(segment)) !== undefined
    return isWhole ? [segment] : membersOf(segment, this.#options.sources)
  }

  #receiptOf(segment: RunSegment): ReturnType<typeof findTokenReceipt> {
    const { storage, run } = this.#options
    return findTokenReceipt(storage, run.planId, segment)
  }

  async #write(piece: RunSegment): Promise<void> {
    const { storage, run, writer } = this.#options
    const key = keyOf(piece)
    const held = this.#held.get(key)
    if (held !== undefined) {
      await writer.add(held.receipt, readHeld(held))
      this.#held.delete(key)
      this.#waitingBytes -= held.bytes.buffer.byteLength
      releaseHeld(held)
      return
    }
    const receipt = await this.#receiptOf(piece)
    if (receipt === undefined) {
      const what = describeTask({ kind: 'tokenize', ...piece }, run.plan)
      throw new RunError('broken-state', `Expected a receipt for ${what}, found none; run again`)
    }
    const handle = await storage.openRead(receipt.name)
    try {
      await writer.add(receipt, handle)
    } finally {
      await handle.close()
    }
  }
}

function keyOf(segment: RunSegment): string {
  return `${segment.source}-${segmentKey(segment)}`
}
