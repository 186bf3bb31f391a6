import { DataLoaderError } from '../errors.ts'
import {
  columnsOfFormat,
  rowsOfBatch,
  type BatchMemory,
  type RowColumn,
  type RowFormat,
} from './batch-memory.ts'
import type { SourceDescription } from './description.ts'
import type { KeptTexts, WindowSource } from './window-source.ts'

/** Several sources as one: the windows of the first, then those of the second, and so on. */
export class MixtureSource implements WindowSource {
  readonly length: number
  readonly format: RowFormat
  readonly #sources: readonly WindowSource[]
  readonly #columns: readonly RowColumn[]
  /** First window of each source, and the end. */
  readonly #starts: readonly number[]

  /** @throws DataLoaderError `mismatch` where the sources' rows differ in shape or type. */
  constructor(sources: readonly WindowSource[]) {
    const [first] = sources
    if (first === undefined)
      throw new DataLoaderError('invalid-argument', 'Expected sources to mix, got none')
    this.#sources = sources
    this.format = first.format
    for (const { format } of sources) {
      if (describeFormat(format) === describeFormat(first.format)) continue
      throw new DataLoaderError(
        'mismatch',
        `Expected all mixed sources to have rows of (${describeFormat(first.format)}), got (${describeFormat(format)})`,
      )
    }
    this.#columns = columnsOfFormat(this.format)
    const starts = [0]
    for (const { length } of sources) starts.push(starts.at(-1)! + length)
    this.#starts = starts
    this.length = starts.at(-1)!
  }

  identity(): string {
    return `mixture:${this.#sources.map((source) => source.identity()).join('+')}`
  }

  gather(windows: Float64Array, target: BatchMemory): void | Promise<void> {
    const waits: Promise<void>[] = []
    for (let at = 0; at < windows.length;) {
      const number = this.#sourceOf(windows[at]!)
      const start = this.#starts[number]!
      const end = this.#starts[number + 1]!
      let rows = 1
      while (at + rows < windows.length && windows[at + rows]! >= start && windows[at + rows]! < end) rows++
      const local = windows.slice(at, at + rows).map((window) => window - start)
      const wait = this.#sources[number]!.gather(local, rowsOfBatch(this.#columns, target, at, rows))
      if (wait !== undefined) waits.push(wait)
      at += rows
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined)
  }

  /** The columns that all sources have. */
  get keptNames(): readonly string[] {
    const [first, ...others] = this.#sources.map((source) => source.keptNames ?? [])
    return first!.filter((name) => others.every((names) => names.includes(name)))
  }

  async readKept(windows: Float64Array, columns: readonly string[]): Promise<KeptTexts> {
    const texts = new Map(columns.map((name) => [name, Array.from(windows, (): string | null => null)]))
    for (const [number, source] of this.#sources.entries()) {
      const start = this.#starts[number]!
      const places = [...windows.keys()].filter((at) => this.#sourceOf(windows[at]!) === number)
      if (places.length === 0) continue
      const local = Float64Array.from(places, (at) => windows[at]! - start)
      const read = await source.readKept!(local, columns)
      for (const [name, values] of read)
        for (const [index, at] of places.entries()) texts.get(name)![at] = values[index]!
    }
    return texts
  }

  describe(): SourceDescription | undefined {
    const sources = this.#sources.map((source) => source.describe())
    return sources.every((source) => source !== undefined) ? { kind: 'mixture', sources } : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources) await source[Symbol.asyncDispose]()
  }

  #sourceOf(window: number): number {
    let number = 0
    while (window >= this.#starts[number + 1]!) number++
    return number
  }
}

function describeFormat(format: RowFormat): string {
  return columnsOfFormat(format)
    .map(({ column, array, length }) => `${column} ${array.name}[${length}]`)
    .join(', ')
}
