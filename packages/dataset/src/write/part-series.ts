import { planName } from '../layout/names.ts'
import type { PartBatch } from '../part/part-batch.ts'
import { createPartWriter, type PartWriter } from '../part/part-writer.ts'
import { publishJson } from '../storage/publish-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { WritePlan } from './write-options.ts'

/** The parts of a dataset one after the other. A part is finished when it is known which documents begin in it. */
export class PartSeries implements AsyncDisposable {
  readonly #storage: DatasetStorage
  readonly #plan: WritePlan
  readonly #planId: string
  readonly #countDocuments: (endRow: number, isLast: boolean) => number
  #writer: PartWriter | undefined
  #parts = 0
  #rows = 0

  /** @param countDocuments - counts the documents that begin before a row and were not counted yet */
  constructor(
    storage: DatasetStorage,
    { plan, planId }: { readonly plan: WritePlan; readonly planId: string },
    countDocuments: (endRow: number, isLast: boolean) => number,
  ) {
    this.#storage = storage
    this.#plan = plan
    this.#planId = planId
    this.#countDocuments = countDocuments
  }

  /** Parts begun. */
  get count(): number {
    return this.#parts
  }

  /** Rows of all parts. */
  get rows(): number {
    return this.#rows
  }

  /** Rows that the part has room for; of the next part where it is full. */
  get room(): number {
    const { windowsPerPart } = this.#plan
    return windowsPerPart - (this.#rows % windowsPerPart)
  }

  /** Writes rows, at most as many as there is room for. */
  async write(batch: PartBatch): Promise<void> {
    if (this.#writer?.rows === this.#plan.windowsPerPart) await this.#finishPart(false)
    // The plan is the claim of the folder: nothing is written before it, and nothing at all where there is no row.
    if (this.#parts === 0) await publishJson(this.#storage, planName, this.#plan)
    this.#writer ??= createPartWriter({
      storage: this.#storage,
      layout: this.#plan.layout,
      planId: this.#planId,
      index: this.#parts++,
      firstWindow: this.#rows,
    })
    await this.#writer.append(batch)
    this.#rows += batch.rows
  }

  /** Finishes the last part. */
  async end(): Promise<void> {
    await this.#finishPart(true)
  }

  async #finishPart(isLast: boolean): Promise<void> {
    const documents = this.#countDocuments(this.#rows, isLast)
    await this.#writer?.finish({ documents })
    this.#writer = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer?.abort()
  }
}
