import { DatasetError } from '../errors.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { ignoredTarget } from './part-batch.ts'

/** Ids of rows, row-major. */
type Ids = Int32Array | Uint16Array

/** What of a layout says how ids are kept once. */
type OnceLayout = Pick<DatasetLayout, 'maxLength' | 'fillId'>

/** Memory that is used again for each batch: the first touch of new memory costs more than filling it. */
export interface WindowIdMemory {
  ids?: Ids
}

/** Joins n·T inputs and targets to n·(T + 1) ids: the first input, then the targets, which are −100 where a row is filled up. */
export function joinWindowIds(
  inputIds: Ids,
  targetIds: Ids,
  { maxLength, fillId }: OnceLayout,
  memory: WindowIdMemory,
): Ids {
  const rows = inputIds.length / maxLength
  const ids = memoryFor(rows * (maxLength + 1), inputIds instanceof Uint16Array, memory)
  for (let row = 0, from = 0, to = 0; row < rows; row++, from += maxLength, to += maxLength + 1) {
    // All ids of a run come by here, so nothing is asked of each.
    let different = 0
    ids[to] = inputIds[from]!
    for (let at = 1; at < maxLength; at++) {
      const id = targetIds[from + at - 1]!
      ids[to + at] = id
      different |= id ^ inputIds[from + at]!
    }
    const last = targetIds[from + maxLength - 1]!
    ids[to + maxLength] = last
    if (different === 0 && last !== ignoredTarget) continue
    // A row that was filled up, or one that cannot be kept so.
    for (let at = 1; at <= maxLength; at++) {
      const id = ids[to + at]!
      if (id === ignoredTarget && fillId === undefined) throw noFilling()
      const expected = id === ignoredTarget ? fillId : id
      if (at < maxLength && inputIds[from + at] !== expected)
        throw notShifted(row, at, inputIds[from + at]!, expected)
    }
  }
  return ids
}

function memoryFor(length: number, isNarrow: boolean, memory: WindowIdMemory): Ids {
  const { ids } = memory
  const isEnough = ids !== undefined && ids.length >= length && ids instanceof Uint16Array === isNarrow
  const enough = isEnough ? ids : isNarrow ? new Uint16Array(length) : new Int32Array(length)
  memory.ids = enough
  return enough.subarray(0, length)
}

function noFilling(): DatasetError {
  const message = "Expected `fillId` in a layout with `ids: 'once'` and rows that are filled up"
  return new DatasetError('invalid-argument', message)
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
