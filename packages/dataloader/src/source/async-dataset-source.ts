import type { Dataset } from '@sluice/dataset'
import { columnsOfFormat, type BatchMemory, type RowColumn, type RowFormat } from './batch-memory.ts'
import { formatOf } from './dataset-source.ts'
import type { SourceDescription } from './description.ts'
import { readKeptOf } from './read-kept.ts'
import type { KeptTexts, WindowSource } from './window-source.ts'

/** Windows of a dataset whose storage can only be waited for, such as an object store: stretches are read at once. */
export class AsyncDatasetSource implements WindowSource {
  readonly length: number
  readonly format: RowFormat
  readonly #dataset: Dataset
  readonly #columns: readonly RowColumn[]

  constructor(dataset: Dataset, { embeds }: { readonly embeds: boolean }) {
    this.#dataset = dataset
    this.length = dataset.length
    this.format = formatOf(dataset, embeds ? ['full', 'lazy'] : [])
    this.#columns = columnsOfFormat(this.format)
  }

  identity(): string {
    return `dataset:${this.#dataset.manifest.planId}`
  }

  async gather(windows: Float64Array, target: BatchMemory): Promise<void> {
    const reads: Promise<void>[] = []
    for (let at = 0; at < windows.length;) {
      const first = windows[at]!
      let rows = 1
      while (windows[at + rows] === first + rows) rows++
      reads.push(this.#read(first, rows, target, at))
      at += rows
    }
    await Promise.all(reads)
  }

  get keptNames(): readonly string[] {
    return this.#dataset.layout.kept?.names ?? []
  }

  readKept(windows: Float64Array, columns: readonly string[]): Promise<KeptTexts> {
    return readKeptOf(this.#dataset, windows, columns)
  }

  describe(): SourceDescription | undefined {
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #read(first: number, rows: number, target: BatchMemory, at: number): Promise<void> {
    const batch = await this.#dataset.read(first, rows)
    for (const { key, length } of this.#columns) target[key]!.set(batch[key]!, at * length)
  }
}
