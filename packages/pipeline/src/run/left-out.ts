import type { SluiceError } from '@sluice/errors'
import type { DatasetStorage } from '@sluice/dataset'
import { isPoison } from '../errors.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { openPlannedSources } from '../sources/planned-sources.ts'
import { membersOf } from '../task/source-group.ts'
import { sideBySide } from '../task/side-by-side.ts'
import { describeTask, isPieceOfContainer, segmentKey, type RunSegment, type Task } from '../task/task.ts'
import { publishHole } from '../tokens/publish-hole.ts'
import { findTokenReceipt } from '../tokens/tokenize-segment.ts'
import type { RunEvent } from './run-event.ts'

type TokenizeTask = Extract<Task, { kind: 'tokenize' }>

/** What {@link LeftOut} works with. */
export interface LeftOutOptions {
  readonly storage: DatasetStorage
  readonly run: PlannedRun
  /** All segments of the corpus, in order. */
  readonly segments: readonly RunSegment[]
  readonly onEvent: (event: RunEvent) => void
}

/** A failure that counts only if nothing before it in its source is damaged. */
interface OpenFailure {
  readonly task: TokenizeTask
  readonly error: SluiceError
}

/** Receipts that are looked at beside each other. */
const atOnce = 16

/**
 * What a run with holes does about tasks that were given up, so that it leaves out the same however the corpus is cut: a group is
 * taken apart, and a source that cannot be read to its end is left out whole.
 *
 * Who reads a damaged source in one piece comes no further than the damage. So content at fault in a later segment is no reason to
 * stop; whether an earlier one is damaged may show only later.
 */
export class LeftOut {
  readonly #options: LeftOutOptions
  readonly #open: OpenFailure[] = []
  readonly #told = new Set<number>()

  constructor(options: LeftOutOptions) {
    this.#options = options
  }

  /** As `RunControl.onGivenUp` says. */
  async instead(task: Task, error: SluiceError): Promise<readonly Task[] | undefined> {
    const { storage, run } = this.#options
    if (run.plan.config.onPoison !== 'hole' || task.kind !== 'tokenize') return undefined
    if (!isPoison(error)) return this.#judgeLater(task, error)
    if (task.count !== undefined) {
      const members = await membersOf(task, openPlannedSources(storage, run.plan.sources))
      return members.map((member): Task => ({ kind: 'tokenize', ...member }))
    }
    await this.#leaveOut({ task, error })
    return []
  }

  /** Whether it is not yet known what a task's failure means. */
  isOpen(task: Task): boolean {
    return this.#open.some((failure) => failure.task === task)
  }

  /** Whether failures of a source wait for its earlier segments. */
  waitsFor({ source }: RunSegment): boolean {
    return this.#open.some(({ task }) => task.source === source)
  }

  /**
   * Judges the failures that can be by now.
   *
   * @returns the tasks that turned out to lie behind a hole, and those that must be done before others can be judged
   * @throws the first failure before which nothing is damaged
   */
  async judge(): Promise<{ readonly settled: readonly Task[]; readonly before: readonly Task[] }> {
    const settled: Task[] = []
    const before = new Set<RunSegment>()
    for (const failure of [...this.#open]) {
      const open = await this.#openBefore(failure.task)
      if (open === 'behind a hole') {
        await this.#leaveOut(failure)
        settled.push(failure.task)
      } else if (open.length === 0) throw failure.error
      else {
        for (const segment of open) before.add(segment)
        continue
      }
      this.#open.splice(this.#open.indexOf(failure), 1)
    }
    return { settled, before: [...before].map((segment): Task => ({ kind: 'tokenize', ...segment })) }
  }

  async #judgeLater(task: TokenizeTask, error: SluiceError): Promise<readonly Task[] | undefined> {
    if (!isPieceOfContainer(task)) return undefined
    const open = await this.#openBefore(task)
    if (open === 'behind a hole') await this.#leaveOut({ task, error })
    else if (open.length === 0) return undefined
    // A queue asks again about a job that stays failed.
    else if (!this.isOpen(task)) this.#open.push({ task, error })
    return []
  }

  /** The segments before one in its source that have no receipt yet. */
  async #openBefore(task: TokenizeTask): Promise<readonly RunSegment[] | 'behind a hole'> {
    const { storage, run, segments } = this.#options
    const own = segments.filter(({ source }) => source === task.source)
    const place = own.findIndex((segment) => segmentKey(segment) === segmentKey(task))
    const before = own.slice(0, place)
    const receipts = await sideBySide(before, atOnce, (segment) =>
      findTokenReceipt(storage, run.planId, segment),
    )
    if (receipts.some((receipt) => receipt?.hole !== undefined)) return 'behind a hole'
    return before.filter((_, at) => receipts[at] === undefined)
  }

  async #leaveOut({ task, error }: OpenFailure): Promise<void> {
    const { storage, run, onEvent } = this.#options
    await publishHole(storage, run.planId, task, error.code)
    if (this.#told.has(task.source)) return
    this.#told.add(task.source)
    onEvent({ event: 'hole', task: describeTask(task, run.plan), why: error.message })
  }
}
