import type { FileMetaData, RowGroup } from 'hyparquet'
import type { DocumentStream } from '../../documents/document-event.ts'
import { readRows, type Row } from '../../documents/rows.ts'
import { CorpusError } from '../../errors.ts'
import { needsRandomAccess } from '../random-access.ts'
import type { SegmentInput } from '../format.ts'
import type { StoredNumber } from '../stored-number.ts'
import { wrongSegment } from '../segment-bytes.ts'
import { findParquetColumn, type ColumnPath } from './columns.ts'
import { readColumnValues, type ColumnInput } from './column-values.ts'
import { readListValues } from './read-lists.ts'
import { keptText, storedNumberOf } from './kept-text.ts'
import { brokenParquet, readParquetMetadata } from './metadata.ts'

/** Reads the documents of some row groups, a few pages of each column at a time. */
export async function* readRowGroups(input: SegmentInput): DocumentStream {
  const { source, segment, options, desk } = input
  if (segment.kind === 'whole') throw needsRandomAccess(source.name, 'parquet')
  if (segment.kind !== 'row-groups') throw wrongSegment(source.name, segment)
  const metadata = await readParquetMetadata(source, source.byteLength ?? 0)
  const use = options.ids === undefined ? 'text' : 'ids'
  const text = findParquetColumn(metadata, source.name, options.field, use)
  const kept = options.keep.map((name) => findParquetColumn(metadata, source.name, name, 'keep'))
  let row = segment.firstRow
  try {
    for (const group of metadata.row_groups.slice(segment.start, segment.end)) {
      for await (const rows of readGroup(input, { metadata, group, text, kept, firstRow: row })) {
        const { field: column, maxKeptBytes, ids } = options
        yield* readRows(eachRow(rows), row, { column, maxKeptBytes, ids, desk })
        row += rows.texts.length
      }
    }
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause
    throw brokenParquet(source.name, cause)
  }
}

interface GroupInput {
  readonly metadata: FileMetaData
  readonly group: RowGroup
  readonly text: ColumnPath
  readonly kept: readonly ColumnPath[]
  readonly firstRow: number
}

/** Some rows of a group, by column. */
interface ColumnRows {
  /** Bytes or ids; what is neither is no text. */
  readonly texts: readonly unknown[]
  readonly kept: readonly (readonly unknown[])[]
  readonly types: readonly (StoredNumber | undefined)[]
}

/** One row after the other: thousands of them at a time would outlive the youngest generation of V8's heap. */
function* eachRow({ texts, kept, types }: ColumnRows): Generator<Row, void, undefined> {
  for (let row = 0; row < texts.length; row++) {
    const value = texts[row]
    const text = value instanceof Uint8Array || value instanceof Float64Array ? value : undefined
    if (kept.length === 0) yield { text }
    else yield { text, kept: kept.map((ofRows, column) => keptText(ofRows[row], types[column])) }
  }
}

/** Reads the rows of one group: pages of the columns have different borders, so kept columns are read beside the text. */
async function* readGroup(
  { source, options }: SegmentInput,
  { metadata, group, text, kept, firstRow }: GroupInput,
): AsyncGenerator<ColumnRows, void, undefined> {
  const input = (place: ColumnPath): ColumnInput => ({
    source,
    metadata,
    group,
    place,
    maxBatchBytes: options.maxBatchBytes,
  })
  const beside = kept.map((place) => new ColumnCursor(readColumnValues(input(place))))
  const types = kept.map(({ elements }) => storedNumberOf(elements.at(-1)!))
  const runs: AsyncGenerator<readonly unknown[]> =
    options.ids === undefined ? readColumnValues(input(text)) : readListValues(input(text), firstRow)
  for await (const texts of runs) {
    const columns: (readonly unknown[])[] = []
    for (const cursor of beside) columns.push(await cursor.take(texts.length))
    yield { texts, kept: columns, types }
  }
}

/** Values of a column, in any portions. */
class ColumnCursor {
  readonly #runs: AsyncGenerator<readonly unknown[], void, undefined>
  #held: readonly unknown[] = []
  /** Values of `#held` that were taken. */
  #taken = 0

  constructor(runs: AsyncGenerator<readonly unknown[], void, undefined>) {
    this.#runs = runs
  }

  /** @throws Error if the column ends before */
  async take(count: number): Promise<readonly unknown[]> {
    const taken: unknown[] = []
    while (taken.length < count) {
      if (this.#taken === this.#held.length) {
        const next = await this.#runs.next()
        if (next.done === true) throw new Error('a kept column has fewer rows than the text')
        this.#held = next.value
        this.#taken = 0
        continue
      }
      taken.push(this.#held[this.#taken++])
    }
    return taken
  }
}
