import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countWindows, cutWindows, tokenRangeOfWindows } from '../src/index.ts'

/** `GPTDatasetV1.__init__`, word for word: the slow, obvious version. */
function referenceWindows(ids: readonly number[], maxLength: number, stride: number) {
  const inputs: number[][] = []
  const targets: number[][] = []
  for (let i = 0; i < ids.length - maxLength; i += stride) {
    inputs.push(ids.slice(i, i + maxLength))
    targets.push(ids.slice(i + 1, i + maxLength + 1))
  }
  return { inputs, targets }
}

describe('windows', () => {
  // torch 2.13.0: sizes of GPTDatasetV1 over the 5145 ids of the-verdict.txt.
  test.each([
    { maxLength: 4, stride: 4, windows: 1286 },
    { maxLength: 256, stride: 128, windows: 39 },
    { maxLength: 4, stride: 1, windows: 5141 },
    { maxLength: 5144, stride: 1, windows: 1 },
    { maxLength: 5145, stride: 1, windows: 0 },
  ])(
    'the-verdict holds $windows windows of $maxLength at stride $stride',
    ({ maxLength, stride, windows }) => {
      expect(countWindows(5145, { maxLength, stride })).toBe(windows)
    },
  )

  test('cuts the windows of GPTDatasetV1 for any stream, length and stride', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50256), { maxLength: 200 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(50),
        (ids, maxLength, stride, skip) => {
          const shape = { maxLength, stride }
          const expected = referenceWindows(ids, maxLength, stride)
          const total = countWindows(ids.length, shape)
          expect(total).toBe(expected.inputs.length)
          const first = Math.min(skip, total)
          const rows = total - first
          const range = tokenRangeOfWindows(first, total, shape)
          const inputIds = new Int32Array(rows * maxLength)
          const targetIds = new Int32Array(rows * maxLength)
          cutWindows(Int32Array.from(ids.slice(range.start, range.end)), rows, shape, inputIds, targetIds)
          expect([...inputIds]).toEqual(expected.inputs.slice(first).flat())
          expect([...targetIds]).toEqual(expected.targets.slice(first).flat())
        },
      ),
    )
  })

  test('refuses ids or buffers that are too short', () => {
    const shape = { maxLength: 4, stride: 4 }
    const room = new Int32Array(8)
    expect(() => cutWindows(new Int32Array(8), 2, shape, room, room)).toThrow(
      'Expected 9 ids for 2 windows, got 8',
    )
    expect(() => cutWindows(new Int32Array(9), 2, shape, room, new Int32Array(7))).toThrow(
      'Expected buffers of 8 ids',
    )
  })
})
