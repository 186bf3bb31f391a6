import { DatasetError } from '../errors.ts'
import type { CuSeqlens } from './part-batch.ts'

/** Checks that each row's boundaries rise strictly from 0 to T. */
export function checkCuSeqlens(given: CuSeqlens | undefined, rows: number, maxLength: number): CuSeqlens {
  if (given === undefined || given.offsets.length !== rows + 1) {
    const got = given === undefined ? 'nothing' : String(given.offsets.length)
    throw new DatasetError(
      'invalid-argument',
      `Expected \`cuSeqlens.offsets\` of ${rows + 1} elements, got ${got}`,
    )
  }
  const { offsets, values } = given
  if (offsets[0] !== 0 || offsets[rows] !== values.length) throw wrong(0)
  for (let row = 0; row < rows; row++) {
    const start = offsets[row]!
    const end = offsets[row + 1]!
    if (end - start < 2 || values[start] !== 0 || values[end - 1] !== maxLength) throw wrong(row)
    for (let index = start + 1; index < end; index++) {
      if (values[index]! <= values[index - 1]!) throw wrong(row)
    }
  }
  return given

  function wrong(row: number): DatasetError {
    return new DatasetError(
      'invalid-argument',
      `Expected \`cuSeqlens\` of row ${row} to rise from 0 to ${maxLength}, offsets from 0 to the number of values`,
    )
  }
}

/** The boundaries of rows `first` to `end`, with offsets from 0 again. */
export function sliceCuSeqlens({ offsets, values }: CuSeqlens, first: number, end: number): CuSeqlens {
  const start = offsets[first]!
  return {
    offsets: offsets.slice(first, end + 1).map((offset) => offset - start),
    values: values.subarray(start, offsets[end]),
  }
}
