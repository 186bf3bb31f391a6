import { describe, expect, it } from 'vitest'
import { Generator, fillRandint, randomInt63, randperm } from '@sluice/torch-random'
import { nextInt63, readGolden, sha256 } from './golden.ts'

interface Golden {
  readonly cases: readonly {
    readonly n: number
    readonly epochs: readonly { readonly base_seed: string; readonly order_sha256_u32le: string }[]
    readonly rng_next_int63_after: string
  }[]
  readonly extra: Record<
    'RandomSampler_replacement_n10_num50' | 'RandomSampler_n10_num25' | 'SubsetRandomSampler_10',
    number[]
  > & {
    readonly n10_bs4_generator7: {
      readonly epochs: readonly number[][][]
      readonly generator_next_int63_after: string
    }
  }
}

/** The draws that PyTorch's DataLoader and samplers make, written out: each is one call of this package. */
describe('the draws of DataLoader and its samplers', () => {
  const { cases, extra }: Golden = readGolden('sampler-draws')

  it.each(cases)(
    'shuffle $n items over two epochs: a base seed, then the seed of a private generator',
    (expected) => {
      const global = new Generator(123)
      for (const epoch of expected.epochs) {
        expect(randomInt63(global).toString()).toBe(epoch.base_seed)
        expect(sha256(randperm(expected.n, new Generator(randomInt63(global))))).toBe(
          epoch.order_sha256_u32le,
        )
      }
      expect(nextInt63(global)).toBe(expected.rng_next_int63_after)
    },
  )

  it('with a generator of its own draws the order, and one more, from it', () => {
    const generator = new Generator(7)
    for (const batches of extra.n10_bs4_generator7.epochs) {
      randomInt63(generator)
      expect(Array.from(randperm(10, generator))).toEqual(batches.flat())
      randperm(10, generator)
    }
    expect(nextInt63(generator)).toBe(extra.n10_bs4_generator7.generator_next_int63_after)
  })

  it('repeat permutations when more samples than items are asked for', () => {
    const generator = new Generator(randomInt63(new Generator(123)))
    const order = [1, 2, 3].flatMap(() => Array.from(randperm(10, generator)))
    expect(order.slice(0, 25)).toEqual(extra.RandomSampler_n10_num25)
  })

  it('with replacement draw 32 integers at a time', () => {
    const generator = new Generator(randomInt63(new Generator(123)))
    const order = [32, 18].flatMap((count) => {
      const drawn = new Int32Array(count)
      fillRandint(drawn, { high: 10, generator })
      return Array.from(drawn)
    })
    expect(order).toEqual(extra.RandomSampler_replacement_n10_num50)
  })

  it('over a subset order it from the global generator', () => {
    const order = Array.from(randperm(10, new Generator(123)), (i) => 10 + i)
    expect(order).toEqual(extra.SubsetRandomSampler_10)
  })
})
