import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createIdSums, plainSums } from '../src/tokens/id-sums.ts'

const anyLengths = fc.uint16Array({ minLength: 1, maxLength: 300 })

test('sums in the kernel are the obvious ones, of any stretch, wide or narrow, ids of no token included', () => {
  fc.assert(
    fc.property(
      anyLengths,
      fc.boolean(),
      fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 200 }),
      fc.nat(),
      fc.nat(),
      (tokenByteLengths, isNarrow, ids, one, other) => {
        const options = { count: ids.length, isNarrow, tokenByteLengths }
        const [fast, slow] = [createIdSums(options), plainSums(options)]
        expect(fast.sums).toBeInstanceOf(Int32Array)
        fast.ids.set(ids)
        slow.ids.set(ids)
        const [from, to] = [one % (ids.length + 1), other % (ids.length + 1)].toSorted((a, b) => a - b)
        expect(fast.sumUp(from!, to!)).toBe(slow.sumUp(from!, to!))
        expect([...fast.sums.subarray(from, to)]).toEqual([...slow.sums.subarray(from, to)])
        expect(fast.highest(to!)).toBe(slow.highest(to!))
      },
    ),
  )
})

test('an id that no vocabulary has counts nothing', () => {
  const ids = createIdSums({ count: 4, isNarrow: false, tokenByteLengths: Uint16Array.of(3, 5) })
  ids.ids.set([1, -1, 2 ** 31 - 1, 0])
  expect(ids.sumUp(0, 4)).toBe(8)
  expect([...ids.sums]).toEqual([5, 5, 5, 8])
  expect(ids.highest(4)).toBe(2 ** 32 - 1)
  expect(ids.highest(1)).toBe(1)
  expect(ids.highest(0)).toBe(0)
})

test('sums beyond 32 bits are added as they are', () => {
  const count = 40_000
  const ids = createIdSums({ count, isNarrow: true, tokenByteLengths: Uint16Array.of(65_535) })
  expect(ids.sumUp(0, count)).toBe(count * 65_535)
  expect(ids.sums[count - 1]).toBeGreaterThan(2 ** 31)
})
