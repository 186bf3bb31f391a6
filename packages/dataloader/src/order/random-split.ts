import { randperm, type Generator } from '@sluice/torch-random'
import { DataLoaderError } from '../errors.ts'
import type { Order } from './order.ts'

/**
 * `torch.utils.data.random_split`: disjoint random subsets of `0 .. length-1`, one permutation drawn from `generator`.
 *
 * @param lengths - whole numbers that add up to `length`, or fractions that add up to 1 (what rounding leaves over goes
 * to the first subsets, one each).
 * @throws DataLoaderError `invalid-argument`.
 */
export function randomSplit(length: number, lengths: readonly number[], generator: Generator): Int32Array[] {
  const sizes = subsetSizes(length, lengths)
  const order = randperm(length, generator)
  let start = 0
  return sizes.map((size) => order.subarray(start, (start += size)))
}

function subsetSizes(length: number, lengths: readonly number[]): number[] {
  const sum = lengths.reduce((total, part) => total + part, 0)
  const fractions = lengths.every((part) => part >= 0 && part <= 1) && Math.abs(sum - 1) < 1e-9
  if (fractions) {
    const sizes = lengths.map((part) => Math.floor(length * part))
    const left = length - sizes.reduce((total, size) => total + size, 0)
    for (let i = 0; i < left; i++) sizes[i % sizes.length]!++
    return sizes
  }
  if (lengths.every((part) => Number.isSafeInteger(part) && part >= 0) && sum === length) return [...lengths]
  throw new DataLoaderError(
    'invalid-argument',
    `Expected \`lengths\` to add up to ${length}, or fractions that add up to 1, got ${lengths.join(' + ')}`,
  )
}

/** `torch.utils.data.SubsetRandomSampler(windows, generator)`: the permutation is drawn at the first window. */
export function subsetRandomSampler(windows: ArrayLike<number>, generator: Generator): Order {
  let order: Int32Array | undefined
  return {
    length: windows.length,
    at: (position) => windows[(order ??= randperm(windows.length, generator))[position]!]!,
  }
}
