import { describe, expect, test } from 'vitest'
import { createDataLoader, MixtureOrder } from '../../src/index.ts'
import { windowsOf } from '../collect.ts'

const parts = [
  { length: 700, weight: 3 },
  { length: 90, weight: 1 },
]
const ofItems = { maxLength: 1, stride: 1 } as const
const items = (n: number): Int32Array => new Int32Array(n + 1)

/** All windows of an epoch. */
const epochOf = (epoch: number, shuffle: boolean, length = 2048): number[] => {
  const order = new MixtureOrder(parts, { seed: 5, epoch, length, shuffle })
  return Array.from({ length }, (_, position) => order.at(position))
}

describe('a mixture', () => {
  test('keeps the shares exactly in every 1,024 windows', () => {
    const windows = epochOf(0, true)
    for (const start of [0, 1024]) {
      const first = windows.slice(start, start + 1024).filter((window) => window < 700)
      expect(first.length).toBe(768)
    }
  })

  test('goes through each source once before any of its windows comes again', () => {
    const windows = [0, 1, 2, 3].flatMap((epoch) => epochOf(epoch, true))
    for (const [low, high] of [
      [0, 700],
      [700, 790],
    ] as const) {
      const ofSource = windows.filter((window) => window >= low && window < high)
      const counts = new Map<number, number>()
      for (const window of ofSource) counts.set(window, (counts.get(window) ?? 0) + 1)
      expect(counts.size).toBe(high - low)
      expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1)
    }
  })

  test('continues in the next epoch where this one ended, whatever an epoch is', () => {
    const long = epochOf(0, true, 3000)
    const short = [0, 1, 2].flatMap((epoch) => epochOf(epoch, true, 1000))
    expect(short).toEqual(long)
  })

  test('unshuffled takes the windows of each source as they lie', () => {
    // Within a block, places are drawn and windows follow them, so a block holds a stretch of each source.
    const firstBlock = epochOf(0, false).slice(0, 1024)
    const ofSecond = firstBlock.filter((window) => window >= 700).toSorted((a, b) => a - b)
    expect(new Set(ofSecond).size).toBe(90)
    expect(Math.max(...firstBlock.filter((window) => window < 700))).toBe(699)
  })

  test('is read by ranks, resumed, and mixed of texts, ids and datasets alike', async () => {
    const mixture = [
      { source: items(70), weight: 3 },
      { source: items(9), weight: 1 },
    ]
    const options = { ...ofItems, shuffle: 'keyed', seed: 2, batchSize: 4, dropLast: false } as const
    const whole = (await windowsOf(await createDataLoader({ mixture }, options))).flat()
    expect(whole.length).toBe(79)
    const ranks = [0, 1, 2].map(async (rank) =>
      windowsOf(await createDataLoader({ mixture }, { ...options, rank, worldSize: 3 })),
    )
    const dealt = (await Promise.all(ranks)).map((batches) => batches.flat())
    expect(whole.map((_, position) => dealt[position % 3]![Math.floor(position / 3)])).toEqual(whole)

    const stopped = await createDataLoader({ mixture }, options)
    let steps = 0
    for await (const _ of stopped) if (++steps === 7) break
    const resumed = await createDataLoader({ mixture }, options)
    resumed.loadStateDict(stopped.stateDict())
    expect((await windowsOf(resumed)).flat()).toEqual(whole.slice(28))
  })

  test('gives the rows of the source that a window is of', async () => {
    const first = Int32Array.from({ length: 41 }, (_, i) => i)
    const second = Int32Array.from({ length: 11 }, (_, i) => 1000 + i)
    const mixture = [
      { source: first, weight: 1 },
      { source: second, weight: 1 },
    ]
    for (const numWorkers of [0, 1]) {
      const options = { ...ofItems, shuffle: 'keyed', batchSize: 8, numWorkers } as const
      await using loader = await createDataLoader({ mixture, windowsPerEpoch: 100 }, options)
      let rows = 0
      for await (const { windows, inputIds } of loader) {
        const expected = [...windows].map((window) => (window < 40 ? window : 1000 + window - 40))
        expect([...inputIds]).toEqual(expected)
        rows += windows.length
      }
      expect(rows).toBe(96)
    }
  })

  test.each([
    { lengths: [5, 0], weights: [1, 1], message: 'has no windows' },
    { lengths: [5, 5], weights: [1, -1], message: 'Expected `weight` to be positive' },
    { lengths: [5, 5], weights: [1, 0.0001], message: 'at least a 1024th of all' },
  ])('$message', ({ lengths, weights, message }) => {
    const wrong = lengths.map((length, i) => ({ length, weight: weights[i]! }))
    expect(() => new MixtureOrder(wrong, { seed: 0, epoch: 0, length: 10, shuffle: true })).toThrow(message)
  })

  test('refuses rows of another shape, and orders that it has not', async () => {
    const mixture = [
      { source: items(9), weight: 1 },
      { source: new Uint16Array(9), weight: 1 },
    ]
    await expect(createDataLoader({ mixture }, ofItems)).rejects.toMatchObject({ code: 'mismatch' })
    const same = [{ source: items(9), weight: 1 }]
    await expect(createDataLoader({ mixture: same }, ofItems)).rejects.toThrow("'keyed' or false")
    await expect(createDataLoader({ mixture: [] }, ofItems)).rejects.toThrow('Expected sources to mix')
  })
})
