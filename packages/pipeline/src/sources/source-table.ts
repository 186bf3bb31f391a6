import { compressions, formats, type SourceFormat } from '@sluice/corpus'
import { mostInlineRows } from '@sluice/dataset'
import type { PlannedSource, PlannedSourceReader } from '../plan/plan.ts'

/** Sources in their order: an array of a few, or the columns of many. */
export interface SourceTable extends Iterable<PlannedSource> {
  readonly length: number
  /** Source `index`, or `undefined` where there is none. */
  at(index: number): PlannedSource | undefined
}

const sha256Bytes = 32

/**
 * Many sources in columns: an object with two texts for each takes several times the memory, and the collector of garbage visits every
 * one of them again and again.
 */
class SourceColumns implements SourceTable {
  readonly length: number
  readonly byteLength: Float64Array
  readonly sha256: Buffer
  /** Indices in `formats` and `compressions`. */
  readonly format: Uint8Array
  readonly compression: Uint8Array
  /** All names, one after the other, in UTF-8, and where each ends. */
  names: Buffer = Buffer.alloc(0)
  readonly nameEnds: Float64Array
  /** Names that UTF-8 has no bytes for: files may be named by any bytes. */
  readonly oddNames = new Map<number, string>()

  constructor(length: number) {
    this.length = length
    this.byteLength = new Float64Array(length)
    this.sha256 = Buffer.alloc(length * sha256Bytes)
    this.format = new Uint8Array(length)
    this.compression = new Uint8Array(length)
    this.nameEnds = new Float64Array(length)
  }

  at(index: number): PlannedSource | undefined {
    return index >= 0 && index < this.length ? new ColumnsRow(this, index) : undefined
  }

  *[Symbol.iterator](): Generator<PlannedSource, void> {
    for (let index = 0; index < this.length; index++) yield new ColumnsRow(this, index)
  }

  nameAt(index: number): string {
    const start = index === 0 ? 0 : this.nameEnds[index - 1]!
    return this.oddNames.get(index) ?? this.names.toString('utf8', start, this.nameEnds[index])
  }

  sha256At(index: number): string {
    return this.sha256.toString('hex', index * sha256Bytes, (index + 1) * sha256Bytes)
  }
}

/** A source of a table: what is asked for of it is read from the columns. */
class ColumnsRow implements PlannedSource {
  readonly #columns: SourceColumns
  readonly #index: number

  constructor(columns: SourceColumns, index: number) {
    this.#columns = columns
    this.#index = index
  }

  get name(): string {
    return this.#columns.nameAt(this.#index)
  }

  get byteLength(): number {
    return this.#columns.byteLength[this.#index]!
  }

  get sha256(): string {
    return this.#columns.sha256At(this.#index)
  }

  get format(): PlannedSource['format'] {
    return formats[this.#columns.format[this.#index]!]!
  }

  get compression(): PlannedSource['compression'] {
    return compressions[this.#columns.compression[this.#index]!]!
  }
}

/** Takes sources in any order, and gives them in theirs. */
export class SourceTableBuilder {
  readonly #columns: SourceColumns
  /** Of each source that is known. */
  readonly #names: string[]

  /** @param count of the sources that there will be */
  constructor(count: number) {
    this.#columns = new SourceColumns(count)
    this.#names = Array.from({ length: count })
  }

  /** Sets source `index`. */
  set(index: number, name: string, { byteLength, sha256, format, compression }: SourceIdentification): void {
    this.#names[index] = name
    this.#columns.byteLength[index] = byteLength
    this.#columns.sha256.write(sha256, index * sha256Bytes, sha256Bytes, 'hex')
    this.#columns.format[index] = formats.indexOf(format)
    this.#columns.compression[index] = compressions.indexOf(compression)
  }

  has(index: number): boolean {
    return this.#names[index] !== undefined
  }

  /** The table, when every source is set. */
  finish(): SourceTable {
    const columns = this.#columns
    let byteLength = 0
    for (const [index, name] of this.#names.entries()) {
      if (name.isWellFormed()) byteLength += Buffer.byteLength(name)
      else columns.oddNames.set(index, name)
      columns.nameEnds[index] = byteLength
    }
    columns.names = Buffer.alloc(byteLength)
    let at = 0
    for (const [index, name] of this.#names.entries())
      if (!columns.oddNames.has(index)) at += columns.names.write(name, at)
    return columns.length > mostInlineRows ? columns : sourcesOf(columns)
  }
}

/** What is known of a source when it was looked at. */
interface SourceIdentification extends SourceFormat {
  readonly byteLength: number
  /** In hexadecimal. */
  readonly sha256: string
}

/** The sources of a table as plain data, as a plan of a few of them holds them. */
export function sourcesOf(table: SourceTable): readonly PlannedSource[] {
  return Array.from(table, ({ name, byteLength, sha256, format, compression }) => ({
    ...{ name, byteLength, sha256, format, compression },
  }))
}

/** Bytes of all sources, as stored. */
export function byteLengthOf(sources: SourceTable): number {
  let sum = 0
  for (const { byteLength } of sources) sum += byteLength
  return sum
}

/** Reads all sources of a plan into a table. */
export async function readSourceTable(sources: PlannedSourceReader): Promise<SourceTable> {
  const builder = new SourceTableBuilder(sources.count)
  let index = 0
  for await (const source of sources.all()) builder.set(index++, source.name, source)
  return builder.finish()
}
