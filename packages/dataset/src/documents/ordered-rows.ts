import { DatasetError } from '../errors.ts'
import type { ColumnName } from '../layout/columns.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { WindowBatch } from '../reader/window-batch.ts'

/** Ids that are read at a time. */
const idsAtATime = 1 << 20

/** Some columns of all rows as they lie, several rows at a time. */
export async function* rowsAsTheyLie(
  dataset: Dataset,
  names: readonly ColumnName[],
): AsyncGenerator<WindowBatch, void> {
  const { length, layout } = dataset
  const atATime = Math.max(1, Math.floor(idsAtATime / layout.maxLength))
  for (let first = 0; first < length; first += atATime) {
    const rows = Float64Array.from({ length: Math.min(atATime, length - first) }, (_, at) => first + at)
    yield await dataset.readColumns(rows, names)
  }
}

/**
 * Some columns of all rows in the order of their windows, several rows at a time. Where rows are shuffled their order is
 * found first: 8 bytes of memory a row, and rows are read one by one.
 */
export async function* orderedRows(
  dataset: Dataset,
  names: readonly ColumnName[],
): AsyncGenerator<WindowBatch, void> {
  const { length, layout, manifest } = dataset
  if (manifest.windows.shuffle === undefined) return yield* rowsAsTheyLie(dataset, names)
  const atATime = Math.max(1, Math.floor(idsAtATime / layout.maxLength))
  const order = await rowsByWindow(dataset)
  for (let first = 0; first < length; first += atATime) {
    yield await dataset.readColumns(order.subarray(first, first + atATime), names)
  }
}

/**
 * The row of each window.
 *
 * @throws DatasetError `corrupt` where the column `window` is no permutation.
 */
async function rowsByWindow(dataset: Dataset): Promise<Float64Array> {
  const { length } = dataset
  const rows = new Float64Array(length).fill(-1)
  for (let first = 0; first < length; first += idsAtATime) {
    const numbers = Float64Array.from({ length: Math.min(idsAtATime, length - first) }, (_, at) => first + at)
    const { window } = await dataset.readColumns(numbers, ['window'])
    for (const [at, value] of window.entries()) {
      const number = Number(value)
      if (!(number >= 0 && number < length) || rows[number] !== -1) {
        throw new DatasetError(
          'corrupt',
          `Row ${first + at} says that it is window ${value}: expected each of ${length} windows once`,
        )
      }
      rows[number] = first + at
    }
  }
  return rows
}
