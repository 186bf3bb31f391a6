import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeHybrid } from '../../src/formats/parquet/hybrid.ts'
import { checkRunLengths } from '../../src/formats/parquet/run-lengths.ts'

const anyRun = fc.record({
  packed: fc.boolean(),
  count: fc.integer({ min: 1, max: 20 }),
  value: fc.nat(),
})

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))]
}

/** Writes runs: packed ones hold eight times as many values, of bytes that are drawn. */
function encode(runs: readonly { packed: boolean; count: number; value: number }[], width: number): number[] {
  return runs.flatMap(({ packed, count, value }) => {
    if (packed)
      return [
        ...varint(2 * count + 1),
        ...Array.from({ length: count * width }, (_, at) => (value * (at + 1)) & 0xff),
      ]
    return [
      ...varint(2 * count),
      ...Array.from({ length: Math.ceil(width / 8) }, (_, at) => (value >> (8 * at)) & 0xff),
    ]
  })
}

test('values of runs are counted as decoding them shows, and what is behind the last is not looked at', () => {
  fc.assert(
    fc.property(
      fc.array(anyRun, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      fc.nat({ max: 3 }),
      (runs, width, wanted) => {
        const given = runs.map(({ value, ...run }) => ({ ...run, value: value % 2 ** width }))
        const bytes = Uint8Array.from([...encode(given, width), 0xff, 0xff])
        const most = given.reduce((sum, { packed, count }) => sum + (packed ? 8 * count : count), 0)
        const decoded = decodeHybrid(bytes, width, most)
        expect(checkRunLengths(bytes, width, most, wanted)).toBe(
          decoded.filter((value) => value === wanted).length,
        )
      },
    ),
  )
})

test('a run that is longer than what is left is refused, and one that is cut', () => {
  expect(() => checkRunLengths(Uint8Array.from([...varint(2 * 5), 1]), 1, 4)).toThrow(
    'a run of 5 values where 4 are left',
  )
  expect(() => checkRunLengths(Uint8Array.from(varint(2 ** 31)), 1, 4)).toThrow('where 4 are left')
  expect(() => checkRunLengths(Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 1, 4)).toThrow(
    'without a valid length',
  )
  expect(() => checkRunLengths(Uint8Array.from([3, 1]), 3, 8)).toThrow('packed values are cut')
  expect(() => checkRunLengths(Uint8Array.from([8]), 1, 4)).toThrow('a run is cut')
})
