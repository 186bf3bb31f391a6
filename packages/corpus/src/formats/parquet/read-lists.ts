import type { IdList } from '../../ids/check-ids.ts'
import type { ColumnInput } from './column-values.ts'
import { listLevels } from './list-levels.ts'
import { listTooLarge, readListPages } from './list-pages.ts'

/** Rows given at a time. */
const rowsAtATime = 1 << 12

/** Marks an item that is null: no id is. */
const nullItem = Number.NaN

/**
 * Reads the lists of one column of a row group, some rows at a time; a null list is undefined, a null item NaN. Rows may go over the
 * ends of pages; one row and one page are held.
 *
 * @param firstRow number of the group's first row, for messages
 * @throws Error if the column has other than the rows of its group; CorpusError `too-large` for a list that is too long to hold
 */
export async function* readListValues(
  { source, group, place, maxBatchBytes }: ColumnInput,
  firstRow: number,
): AsyncGenerator<readonly (IdList | undefined)[], void, undefined> {
  const name = place.path.join('\0')
  const chunk = group.columns.find(({ meta_data: meta }) => meta?.path_in_schema.join('\0') === name)
  const column = chunk?.meta_data
  const levels = listLevels(place.elements)
  if (column === undefined || levels === undefined || chunk?.file_path !== undefined)
    throw new Error('a row group lacks the column')
  const mostItems = Math.floor(maxBatchBytes / Float64Array.BYTES_PER_ELEMENT)
  let rows = 0
  let open = new OpenList()
  let ready: (IdList | undefined)[] = []
  for await (const { repetition, definition, values } of readListPages(
    source,
    column,
    levels,
    maxBatchBytes,
  )) {
    let next = 0
    for (let at = 0; at < definition.length; at++) {
      if (repetition[at] === 0) {
        if (rows > 0) ready.push(open.take())
        open = new OpenList()
        rows++
        if (BigInt(rows) > group.num_rows) throw new Error('a column has more rows than its row group')
      } else if (rows === 0) throw new Error('a column begins within a row')
      const level = definition[at]!
      if (level < levels.item) open.isNull = level < levels.item - 1
      else open.add(level === levels.maxDefinition ? values[next++]! : nullItem)
      if (open.length > mostItems)
        throw listTooLarge(source.name, firstRow + rows - 1, mostItems, maxBatchBytes)
      if (ready.length < rowsAtATime) continue
      yield ready
      ready = []
    }
    if (ready.length > 0) yield ready
    ready = []
  }
  if (rows > 0) yield [open.take()]
  if (BigInt(rows) !== group.num_rows)
    throw new Error(`a column has ${rows} rows, its row group ${group.num_rows}`)
}

/** The list of the row that is being read. */
class OpenList {
  isNull = false
  length = 0
  #items = new Float64Array(16)

  add(item: number): void {
    if (this.length === this.#items.length) {
      const larger = new Float64Array(2 * this.length)
      larger.set(this.#items)
      this.#items = larger
    }
    this.#items[this.length++] = item
  }

  take(): IdList | undefined {
    return this.isNull ? undefined : this.#items.subarray(0, this.length)
  }
}
