import { Generator } from '@sluice/torch-random'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createDataLoader,
  type DataLoader,
  type DataLoaderOptions,
  type DataLoaderState,
} from '../../src/index.ts'
import { epochOf, plain, windowsOf, type PlainBatch } from '../collect.ts'

/** `n` windows of one id. */
const items = (n: number): Int32Array => Int32Array.from({ length: n + 1 }, (_, i) => 1000 + i)
const ofItems = { maxLength: 1, stride: 1 } as const

/** Every way to give an order. */
const orderings = fc.constantFrom<() => DataLoaderOptions>(
  () => ({ shuffle: false }),
  () => ({ shuffle: true, seed: 5 }),
  () => ({ shuffle: 'keyed', seed: -3n }),
  () => ({ shuffle: 'block', seed: 2 ** 40, blockSize: 5, blocksTogether: 3 }),
  () => ({ shuffle: true, generator: new Generator(7) }),
  () => ({ shuffle: false, generator: new Generator(7) }),
  () => ({ shuffle: true, globalGenerator: new Generator(123) }),
  () => ({ shuffle: true, globalGenerator: new Generator(123), persistentWorkers: true }),
  () => ({ shuffle: true, generator: new Generator(7), replacement: true, numSamples: 41 }),
  () => ({ shuffle: true, globalGenerator: new Generator(9), numSamples: 70 }),
)

/** Orders that are functions of seed and epoch: those that several ranks can share. */
const sharedOrderings = fc.constantFrom<DataLoaderOptions>(
  { shuffle: false },
  { shuffle: true, seed: 5 },
  { shuffle: 'keyed', seed: 6 },
  { shuffle: 'block', seed: 7, blockSize: 4, blocksTogether: 2 },
)

const overJson = (state: DataLoaderState): DataLoaderState =>
  JSON.parse(JSON.stringify(state)) as DataLoaderState

const loaderOf = (ids: Int32Array, options: DataLoaderOptions) =>
  createDataLoader(ids, { ...ofItems, ...options })

/** The next `count` batches over as many epochs as it takes, at most `epochs`. */
async function take(loader: DataLoader, count: number, epochs: number): Promise<PlainBatch[]> {
  const batches: PlainBatch[] = []
  for (let epoch = 0; epoch < epochs && batches.length < count; epoch++) {
    for await (const batch of loader) {
      batches.push(plain(batch))
      if (batches.length === count) break
    }
  }
  return batches
}

describe('resuming', () => {
  test('at every step of two epochs gives what an uninterrupted run gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        orderings,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        async (ordering, n, batchSize, dropLast) => {
          const open = () => createDataLoader(items(n), { ...ofItems, ...ordering(), batchSize, dropLast })
          const whole = [...(await take(await open(), Infinity, 3))]
          for (let stop = 0; stop < whole.length; stop += 1 + Math.floor(whole.length / 9)) {
            const first = await open()
            const before = await take(first, stop, 3)
            const resumed = await open()
            resumed.loadStateDict(overJson(first.stateDict()))
            const after = await take(resumed, whole.length - stop, 4)
            expect([...before, ...after]).toEqual(whole)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('with threads reading ahead, only what was delivered counts', async () => {
    const options = { ...ofItems, batchSize: 3, dropLast: false, numWorkers: 1, prefetchFactor: 4 }
    const open = () => createDataLoader(items(50), { ...options, generator: new Generator(7) })
    await using uninterrupted = await open()
    const whole = [...(await epochOf(uninterrupted)), ...(await epochOf(uninterrupted))]
    for (const stop of [8, 17]) {
      await using first = await open()
      const before = await take(first, stop, 2)
      await using resumed = await open()
      resumed.loadStateDict(overJson(first.stateDict()))
      expect([...before, ...(await take(resumed, whole.length - stop, 3))]).toEqual(whole)
    }
  })

  test('between epochs continues with the next one', async () => {
    const first = await loaderOf(items(10), { generator: new Generator(7) })
    await epochOf(first)
    const resumed = await loaderOf(items(10), { generator: new Generator(7) })
    resumed.loadStateDict(overJson(first.stateDict()))
    expect(await epochOf(resumed)).toEqual(await epochOf(first))
  })

  test('refuses a state of other ids, another order or another generator', async () => {
    const state = (await loaderOf(items(10), { shuffle: 'keyed', seed: 1 })).stateDict()
    const refuse = async (ids: Int32Array, options: DataLoaderOptions, message: string) => {
      const loader = await loaderOf(ids, options)
      expect(() => loader.loadStateDict(state)).toThrow(message)
    }
    await refuse(items(11), { shuffle: 'keyed', seed: 1 }, 'The state is of ids:')
    await refuse(items(10), { shuffle: 'keyed', seed: 2 }, '"seed":"1"')
    await refuse(items(10), { shuffle: false }, '"kind":"keyed"')
    await refuse(
      items(10),
      { shuffle: 'keyed', globalGenerator: new Generator(1), seed: 1 },
      'saved with no generator',
    )
    const loader = await loaderOf(items(10), { shuffle: 'keyed', seed: 1 })
    expect(() => loader.loadStateDict({ ...state, consumed: -1 })).toThrow('Expected `consumed`')
    expect(() => loader.loadStateDict({ ...state, version: 2 as 1 })).toThrow('version 1')
  })
})

/** One epoch of all ranks, in the order in which it is read: batch 0 of each rank, then batch 1, … */
async function allRanks(
  n: number,
  options: DataLoaderOptions,
  worldSize: number,
  state?: DataLoaderState,
): Promise<{ readonly perRank: number[][][]; readonly states: DataLoaderState[]; readonly order: number[] }> {
  const loaders = await Promise.all(
    Array.from({ length: worldSize }, (_, rank) =>
      createDataLoader(items(n), { ...ofItems, ...options, rank, worldSize }),
    ),
  )
  if (state !== undefined) for (const loader of loaders) loader.loadStateDict(overJson(state))
  const perRank = await Promise.all(loaders.map(windowsOf))
  return { perRank, states: loaders.map((loader) => loader.stateDict()), order: interleave(perRank) }
}

/** The stretches of the global order that the batches of all ranks are. */
function interleave(perRank: readonly number[][][]): number[] {
  const batches = perRank[0]!.length
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: perRank[0]![batch]!.length }, (__, row) =>
      perRank.map((rank) => rank[batch]![row]!),
    ),
  ).flat(2)
}

describe('ranks', () => {
  const worlds = fc.record({
    ordering: sharedOrderings,
    n: fc.integer({ min: 1, max: 60 }),
    batchSize: fc.integer({ min: 1, max: 6 }),
    worldSize: fc.integer({ min: 1, max: 9 }),
  })

  test('get each window exactly once an epoch, and the first ones again where they do not divide evenly', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ ordering, n, batchSize, worldSize }) => {
        const options = { ...ordering, batchSize, dropLast: false }
        const { perRank, order } = await allRanks(n, options, worldSize)
        expect(new Set(perRank.map((rank) => rank.length)).size).toBe(1)
        expect(order.slice(0, n).toSorted((a, b) => a - b)).toEqual([...Array(n).keys()])
        expect(order.length).toBe(Math.ceil(n / worldSize) * worldSize)
        expect(order.slice(n)).toEqual(order.slice(n).map((_, extra) => order[extra % n]))
      }),
      { numRuns: 60 },
    )
  })

  test('get no window twice where the uneven rest is dropped, and leave out fewer than there are ranks', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ ordering, n, batchSize, worldSize }) => {
        const options = { ...ordering, batchSize, dropLast: false, uneven: 'drop' } as const
        const { perRank, order } = await allRanks(n, options, worldSize)
        expect(new Set(perRank.map((rank) => rank.length)).size).toBe(1)
        expect(new Set(order).size).toBe(order.length)
        expect(order.length).toBe(Math.floor(n / worldSize) * worldSize)
      }),
      { numRuns: 60 },
    )
  })

  test('one rank reads what all ranks together read: the order does not depend on their number', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ ordering, n, batchSize, worldSize }) => {
        const options = { ...ordering, batchSize, dropLast: false }
        const alone = await allRanks(n, options, 1)
        const together = await allRanks(n, options, worldSize)
        expect(together.order.slice(0, n)).toEqual(alone.order)
      }),
      { numRuns: 40 },
    )
  })

  test('resumed in another number, with another batch size, keep the order and lose nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        worlds,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(20),
        async ({ ordering, n, batchSize, worldSize }, otherWorld, otherBatch, stop) => {
          const options = { ...ordering, batchSize, dropLast: false }
          const { order } = await allRanks(n, options, 1)
          const loaders = await Promise.all(
            Array.from({ length: worldSize }, (_, rank) =>
              createDataLoader(items(n), { ...ofItems, ...options, rank, worldSize }),
            ),
          )
          const before = await Promise.all(loaders.map((loader) => take(loader, stop, 1)))
          const states = loaders.map((loader) => overJson(loader.stateDict()))
          for (const state of states) expect(state).toEqual(states[0])
          const taken = interleave(before.map((rank) => rank.map(({ windows }) => windows)))
          // Ended, not stopped: the state is that of the next epoch.
          if (states[0]!.epoch === 1) return
          expect(taken.slice(0, states[0]!.consumed)).toEqual(order.slice(0, states[0]!.consumed))
          const rest = await allRanks(n, { ...options, batchSize: otherBatch }, otherWorld, states[0])
          const left = order.slice(states[0]!.consumed)
          expect(rest.order.slice(0, left.length)).toEqual(left)
          expect(new Set(rest.perRank.map((rank) => rank.length)).size).toBe(1)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('one iteration at a time', () => {
  test('a new one is the next epoch, and ends the one before', async () => {
    const loader = await createDataLoader(items(10), { ...ofItems, seed: 1 })
    const first = loader[Symbol.asyncIterator]()
    expect((await first.next()).value).toMatchObject({ epoch: 0, step: 0 })
    const second = loader[Symbol.asyncIterator]()
    await expect(first.next()).rejects.toMatchObject({ code: 'superseded' })
    expect((await second.next()).value).toMatchObject({ epoch: 1, step: 0 })
  })

  test('setEpoch starts the epoch again', async () => {
    const loader = await createDataLoader(items(10), { ...ofItems, seed: 1, shuffle: 'keyed' })
    const first = await windowsOf(loader)
    expect(await windowsOf(loader)).not.toEqual(first)
    loader.setEpoch(0)
    expect(await windowsOf(loader)).toEqual(first)
  })

  test('a closed loader gives nothing more', async () => {
    const loader = await createDataLoader(items(10), ofItems)
    const iterator = loader[Symbol.asyncIterator]()
    await loader.close()
    await expect(iterator.next()).rejects.toMatchObject({ code: 'closed' })
    expect(() => loader[Symbol.asyncIterator]()).toThrow('closed')
  })
})

describe('options that contradict each other', () => {
  test.each<{ readonly options: DataLoaderOptions; readonly message: string }>([
    { options: { generator: new Generator(1), seed: 1 }, message: 'Expected one of `generator`' },
    { options: { generator: new Generator(1), worldSize: 2 }, message: 'Expected `seed` with several ranks' },
    { options: { generator: new Generator(1), shuffle: 'keyed' }, message: "`shuffle: 'keyed'`" },
    { options: { shuffle: 'keyed', numSamples: 3 }, message: 'with `shuffle: true` only' },
    { options: { blockSize: 3 }, message: "with `shuffle: 'block'` only" },
    {
      options: { rank: 2, worldSize: 2 },
      message: 'Expected `rank` to be less than `worldSize`, got 2 of 2',
    },
    {
      options: { numWorkers: -1 },
      message: 'Expected `numWorkers` to be an integer of at least 0, got `-1`',
    },
    { options: { shuffle: 'random' as 'keyed' }, message: 'got `random`' },
    { options: { uneven: 'keep' as 'drop' }, message: "Expected `uneven` to be 'pad' or 'drop'" },
    { options: { seed: 0.5 }, message: 'Expected `seed` to be a whole number' },
    { options: { output: [] }, message: 'memory for at least 1 batches, got 0' },
  ])('$message', async ({ options, message }) => {
    await expect(createDataLoader(items(5), { ...ofItems, ...options })).rejects.toThrow(message)
  })
})
