import { DatasetError } from '../errors.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { ignoredTarget } from './part-batch.ts'

/** Ids of rows, row-major. */
type Ids = Int32Array | Uint16Array

/** What of a layout says how ids are kept once. */
type OnceLayout = Pick<DatasetLayout, 'maxLength' | 'fillId'>

/** Joins n·T inputs and targets to n·(T + 1) ids: the first input, then the targets, which are −100 where a row is filled up. */
export function joinWindowIds(inputIds: Ids, targetIds: Ids, { maxLength, fillId }: OnceLayout): Ids {
  const rows = inputIds.length / maxLength
  const ids =
    inputIds instanceof Uint16Array
      ? new Uint16Array(rows * (maxLength + 1))
      : new Int32Array(rows * (maxLength + 1))
  for (let row = 0, from = 0, to = 0; row < rows; row++, from += maxLength, to += maxLength + 1) {
    ids[to] = inputIds[from]!
    ids.set(targetIds.subarray(from, from + maxLength), to + 1)
    for (let at = 1; at < maxLength; at++) {
      const id = ids[to + at]!
      const expected = id === ignoredTarget ? fillId : id
      if (inputIds[from + at] !== expected) throw notShifted(row, at, inputIds[from + at]!, expected)
    }
  }
  // What the last target of a row would be the input of is in no row.
  if (fillId === undefined && ids instanceof Int32Array && ids.includes(ignoredTarget))
    throw new DatasetError(
      'invalid-argument',
      "Expected `fillId` in a layout with `ids: 'once'` and rows that are filled up",
    )
  return ids
}

function notShifted(row: number, at: number, found: number, expected: number | undefined): DatasetError {
  const message = `Expected targets to be the inputs shifted by one with \`ids: 'once'\`, got input ${found} at position ${at} of row ${row} where the target before is ${expected ?? 'ignored'}`
  return new DatasetError('invalid-argument', message)
}

/** Cuts n·(T + 1) ids into n·T inputs and targets. A row that was filled up has the input `fillId` and the target −100 there. */
export function splitWindowIds(
  ids: Ids,
  { maxLength, fillId }: OnceLayout,
  inputIds: Ids,
  targetIds: Ids,
): void {
  const rows = ids.length / (maxLength + 1)
  for (let row = 0, from = 0, to = 0; row < rows; row++, from += maxLength + 1, to += maxLength) {
    inputIds.set(ids.subarray(from, from + maxLength), to)
    targetIds.set(ids.subarray(from + 1, from + maxLength + 1), to)
    if (fillId === undefined) continue
    for (let at = to + maxLength - 1; at >= to && inputIds[at] === ignoredTarget; at--) inputIds[at] = fillId
  }
}
