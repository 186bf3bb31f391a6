import { Generator } from '@sluice/torch-random'
import { BlockShuffle } from '../order/block-shuffle.ts'
import { KeyedPermutation } from '../order/keyed-permutation.ts'
import { MixtureOrder } from '../order/mixture.ts'
import { sequentialOrder, type Order } from '../order/order.ts'
import { randomSampler } from '../order/random-sampler.ts'
import type { Draws } from './draws.ts'
import { invalid } from '../errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { OrderState } from './state.ts'

/** What an order is made for. */
export interface OrderSource {
  /** Windows of the source. */
  readonly length: number
  /** Windows of a block, where none are given. */
  readonly blockSize: number
  readonly mixture:
    | {
        readonly lengths: readonly number[]
        readonly weights: readonly number[]
        readonly windowsPerEpoch: number
      }
    | undefined
}

/** Describes the order that the options ask for: what it is made from, epoch after epoch. */
export function describeOrder(source: OrderSource, options: ResolvedOptions, draws: Draws): OrderState {
  const { length, mixture } = source
  const seed = String(BigInt.asUintN(64, BigInt(options.seed)))
  if (mixture !== undefined) {
    if (typeof options.shuffle === 'boolean' && options.shuffle) {
      throw invalid("Expected `shuffle` of a mixture to be 'keyed' or false: PyTorch has no order for it")
    }
    if (options.shuffle === 'block') throw invalid("Expected `shuffle` of a mixture to be 'keyed' or false")
    const { lengths, weights, windowsPerEpoch } = mixture
    const shuffle = options.shuffle === 'keyed'
    return { kind: 'mixture', length: windowsPerEpoch, seed, shuffle, lengths, weights }
  }
  switch (options.shuffle) {
    case false:
      return { kind: 'sequential', length }
    case 'keyed':
      return { kind: 'keyed', length, seed }
    case 'block': {
      const { blocksTogether, blockSize = source.blockSize } = options
      return { kind: 'block', length, seed, blockSize, blocksTogether }
    }
    case true: {
      const { replacement, numSamples = length } = options
      return { kind: 'random', length, numSamples, replacement, ...(draws.giveOrder ? {} : { seed }) }
    }
  }
}

/** Windows of an epoch in an order. */
export function epochLength(order: OrderState): number {
  return order.kind === 'random' ? order.numSamples : order.length
}

/** The order of one epoch; where a generator gives it, this is the moment that it is drawn from. */
export function makeOrder(order: OrderState, epoch: number, draws: Draws): Order {
  switch (order.kind) {
    case 'sequential':
      return sequentialOrder(order.length)
    case 'keyed':
      return new KeyedPermutation(order.length, { seed: BigInt(order.seed), epoch })
    case 'block':
      return new BlockShuffle(order.length, order, { seed: BigInt(order.seed), epoch })
    case 'random': {
      const { seed } = order
      const generator =
        seed === undefined ? draws.samplerGenerator() : new Generator(BigInt(seed) + BigInt(epoch))
      return randomSampler(order.length, generator, order)
    }
    case 'mixture': {
      const parts = order.lengths.map((length, number) => ({ length, weight: order.weights[number]! }))
      const { length, shuffle } = order
      return new MixtureOrder(parts, { seed: BigInt(order.seed), epoch, length, shuffle })
    }
  }
}
