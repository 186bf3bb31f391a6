import { Generator, randomInt63, randperm } from '@sluice/torch-random'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Order } from '../../src/order/order.ts'
import { randomSampler } from '../../src/order/random-sampler.ts'
import { randomSplit, subsetRandomSampler } from '../../src/order/random-split.ts'
import { batchesPerRank, batchPositions, type ShardOptions } from '../../src/shard.ts'

/** torch 2.13.0+cpu: `torch.utils.data` over `range(n)` after `torch.manual_seed(123)`. */
interface Golden {
  readonly extra: {
    readonly RandomSampler_replacement_n10_num50: number[]
    readonly RandomSampler_n10_num25: number[]
    readonly SubsetRandomSampler_10: number[]
    readonly random_split_10_7_3: number[][]
    readonly random_split_1286_frac: { readonly n: number; readonly first10: number[] }[]
  }
  readonly distributed: readonly {
    readonly n: number
    readonly num_replicas: number
    readonly seed: number
    readonly epoch: number
    readonly shuffle: boolean
    readonly drop_last: boolean
    readonly num_samples: number
    readonly per_rank: number[][]
  }[]
}
const golden = JSON.parse(
  readFileSync(new URL('../fixtures/batch-order.json', import.meta.url), 'utf8'),
) as Golden

const listOf = (order: Order): number[] => Array.from({ length: order.length }, (_, i) => order.at(i))

/** `RandomSampler(generator=None)`: a private generator, seeded from the global one. */
const privateGenerator = (global: Generator): Generator => new Generator(randomInt63(global))

describe('RandomSampler', () => {
  test('with replacement draws in chunks of 32', () => {
    const order = randomSampler(10, privateGenerator(new Generator(123)), {
      replacement: true,
      numSamples: 50,
    })
    expect(listOf(order)).toEqual(golden.extra.RandomSampler_replacement_n10_num50)
  })

  test('draws as many permutations as `numSamples` needs', () => {
    const order = randomSampler(10, privateGenerator(new Generator(123)), { numSamples: 25 })
    expect(listOf(order)).toEqual(golden.extra.RandomSampler_n10_num25)
  })

  test('draws one more permutation when it is exhausted, and nothing before it is asked', () => {
    const generator = new Generator(7)
    const order = randomSampler(10, generator)
    expect(generator.getState()).toEqual(new Generator(7).getState())
    listOf(order)
    const reference = new Generator(7)
    randperm(10, reference)
    expect(generator.getState()).toEqual(reference.getState())
    order.exhaust!()
    order.exhaust!()
    randperm(10, reference)
    expect(generator.getState()).toEqual(reference.getState())
  })

  test('refuses to shuffle nothing', () => {
    expect(() => randomSampler(0, new Generator(1))).toThrow('Expected windows to shuffle')
  })
})

describe('subsets', () => {
  test('SubsetRandomSampler permutes the given windows', () => {
    const windows = golden.extra.SubsetRandomSampler_10.toSorted((a, b) => a - b)
    const order = subsetRandomSampler(windows, new Generator(123))
    expect(listOf(order)).toEqual(golden.extra.SubsetRandomSampler_10)
  })

  test('random_split takes lengths or fractions', () => {
    const subsets = randomSplit(10, [7, 3], new Generator(123))
    expect(subsets.map((subset) => [...subset])).toEqual(golden.extra.random_split_10_7_3)
    const [train, rest] = golden.extra.random_split_1286_frac
    const [first, second] = randomSplit(1286, [0.9, 0.1], new Generator(123))
    expect([first!.length, second!.length]).toEqual([train!.n, rest!.n])
    expect([...first!.subarray(0, 10)]).toEqual(train!.first10)
    expect([...second!.subarray(0, 10)]).toEqual(rest!.first10)
  })

  test('refuses lengths that do not add up', () => {
    expect(() => randomSplit(10, [7, 2], new Generator(1))).toThrow('add up to 10')
  })
})

describe('DistributedSampler', () => {
  test.each(golden.distributed)(
    'n=$n over $num_replicas ranks, seed $seed, epoch $epoch, shuffle $shuffle, drop_last $drop_last',
    ({
      n,
      num_replicas: worldSize,
      seed,
      epoch,
      shuffle,
      drop_last: drop,
      num_samples,
      per_rank: perRank,
    }) => {
      const order = shuffle ? listOf(randomSampler(n, new Generator(seed + epoch))) : [...Array(n).keys()]
      for (const [rank, expected] of perRank.entries()) {
        const uneven = drop ? 'drop' : 'pad'
        const shard: ShardOptions = { batchSize: 3, dropLast: false, rank, worldSize, uneven }
        const windows: number[] = []
        for (let batch = 0; batch < batchesPerRank(n, 0, shard); batch++) {
          const { first, step, rows } = batchPositions(n, 0, batch, shard)
          for (let row = 0; row < rows; row++) windows.push(order[(first + row * step) % n]!)
        }
        // Long lists were recorded by their beginning.
        expect(windows.slice(0, expected.length)).toEqual(expected)
        expect(windows.length).toBe(num_samples)
      }
    },
  )
})
