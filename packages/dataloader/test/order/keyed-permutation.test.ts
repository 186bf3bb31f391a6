import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BlockShuffle } from '../../src/order/block-shuffle.ts'
import { KeyedPermutation } from '../../src/order/keyed-permutation.ts'
import type { OrderKey } from '../../src/order/keys.ts'
import type { Order } from '../../src/order/order.ts'

const listOf = (order: Order): number[] => Array.from({ length: order.length }, (_, i) => order.at(i))

/** All windows from 0 up, each once, in some order. */
const isPermutation = (order: Order): boolean =>
  listOf(order)
    .toSorted((a, b) => a - b)
    .every((window, place) => window === place)

const keys = fc.record({
  seed: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  epoch: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
})

describe('keyed permutation', () => {
  test('holds every window exactly once, at any length, seed and epoch', () => {
    const found = fc.check(
      fc.property(fc.nat(3000), keys, (length, key) => isPermutation(new KeyedPermutation(length, key))),
    )
    expect(found).toMatchObject({ failed: false })
  })

  test('needs no list: a trillion windows, distinct and within range wherever it is looked at', () => {
    const length = 1e12
    const order = new KeyedPermutation(length, { seed: 7, epoch: 0 })
    const seen = new Set<number>()
    for (let i = 0; i < 20_000; i++) {
      const window = order.at(i * 49_999_999)
      expect(window).toBeLessThan(length)
      seen.add(window)
    }
    expect(seen.size).toBe(20_000)
    const largest = new KeyedPermutation(Number.MAX_SAFE_INTEGER, { seed: 7, epoch: 0 })
    expect(Number.isSafeInteger(largest.at(Number.MAX_SAFE_INTEGER - 1))).toBe(true)
  })

  test('gives all 120 orders of five windows about equally often over seeds', () => {
    const counts = new Map<string, number>()
    const seeds = 12_000
    for (let seed = 0; seed < seeds; seed++) {
      const order = listOf(new KeyedPermutation(5, { seed, epoch: 0 })).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(120)
    const expected = seeds / 120
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
    // 119 degrees of freedom: above 197 once in 100,000 truly random draws. The seeds are fixed, so this is no lottery.
    expect(chiSquare).toBeLessThan(197)
  })

  test('spreads neighbours: successive windows are no nearer than chance, at lengths around powers of two', () => {
    for (const length of [1023, 1024, 1025, 40_000, 65_536]) {
      const list = listOf(new KeyedPermutation(length, { seed: 1, epoch: 3 }))
      let distance = 0
      for (let i = 1; i < length; i++) distance += Math.abs(list[i]! - list[i - 1]!)
      // Two random places of a line of length n are n/3 apart on average.
      expect(distance / (length - 1) / (length / 3)).toBeGreaterThan(0.93)
      expect(distance / (length - 1) / (length / 3)).toBeLessThan(1.07)
    }
  })

  test('is another one for every epoch and seed, high words included', () => {
    const keysToTry: OrderKey[] = [
      { seed: 0, epoch: 0 },
      { seed: 1, epoch: 0 },
      { seed: 0, epoch: 1 },
      { seed: 2n ** 32n, epoch: 0 },
      { seed: 0, epoch: 2 ** 32 },
      { seed: -1, epoch: 0 },
    ]
    const orders = keysToTry.map((key) => listOf(new KeyedPermutation(50, key)).join())
    expect(new Set(orders).size).toBe(orders.length)
    const unsigned = new KeyedPermutation(50, { seed: 2n ** 64n - 1n, epoch: 0 })
    expect(listOf(unsigned).join()).toBe(orders.at(-1))
  })

  test('stays as it is: a change of these numbers would break every saved state', () => {
    expect(listOf(new KeyedPermutation(12, { seed: 123, epoch: 0 }))).toEqual([
      4, 7, 0, 3, 9, 8, 6, 10, 1, 11, 5, 2,
    ])
    expect(new KeyedPermutation(1e12, { seed: 123n, epoch: 4 }).at(0)).toBe(337_089_173_997)
    expect(
      listOf(new BlockShuffle(12, { blockSize: 3, blocksTogether: 2 }, { seed: 123, epoch: 0 })),
    ).toEqual([4, 5, 3, 8, 6, 7, 11, 2, 10, 9, 0, 1])
  })

  test.each([0.5, NaN, 2n ** 64n, -(2n ** 63n) - 1n])('refuses the seed %s', (seed) => {
    expect(() => new KeyedPermutation(5, { seed, epoch: 0 })).toThrow('Expected `seed` to be a whole number')
  })
})

describe('block shuffle', () => {
  const sizes = fc.record({
    blockSize: fc.integer({ min: 1, max: 40 }),
    blocksTogether: fc.integer({ min: 1, max: 6 }),
  })

  test('holds every window exactly once, at any length and sizes', () => {
    const found = fc.check(
      fc.property(fc.nat(1000), sizes, keys, (length, size, key) =>
        isPermutation(new BlockShuffle(length, size, key)),
      ),
    )
    expect(found).toMatchObject({ failed: false })
  })

  test('reads from no more than `blocksTogether` blocks until they are used up', () => {
    fc.assert(
      fc.property(fc.nat(1000), sizes, keys, (length, { blockSize, blocksTogether }, key) => {
        const list = listOf(new BlockShuffle(length, { blockSize, blocksTogether }, key))
        const left = new Map<number, number>()
        for (const window of list) {
          const block = Math.floor(window / blockSize)
          const known = left.get(block) ?? Math.min(blockSize, length - block * blockSize)
          left.set(block, known - 1)
          if (known === 1) left.delete(block)
          expect(left.size).toBeLessThanOrEqual(blocksTogether)
        }
        expect(left.size).toBe(0)
      }),
    )
  })

  test('gives the same order wherever reading starts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), sizes, keys, fc.nat(), (length, size, key, at) => {
        const list = listOf(new BlockShuffle(length, size, key))
        expect(new BlockShuffle(length, size, key).at(at % length)).toBe(list[at % length])
      }),
    )
  })

  test('puts the short last block anywhere', () => {
    const places = new Set<number>()
    for (let seed = 0; seed < 200; seed++) {
      const order = new BlockShuffle(43, { blockSize: 10, blocksTogether: 1 }, { seed, epoch: 0 })
      places.add(listOf(order).findIndex((window) => window >= 40))
    }
    expect([...places].toSorted((a, b) => a - b)).toEqual([0, 10, 20, 30, 40])
  })
})
