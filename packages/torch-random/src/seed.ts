import { TorchRandomError } from './errors.ts'

const lowest = -(2n ** 63n)
const highest = 2n ** 64n - 1n

/** The seed of a `torch.Generator()` that nobody seeded. */
export const defaultSeed = 67280421310721n

/**
 * A seed as PyTorch keeps it: an unsigned 64-bit number, negative seeds in two's complement.
 *
 * @throws TorchRandomError `invalid-seed` outside -2^63 .. 2^64-1, or for a number that is not an exact integer.
 */
export function normalizeSeed(seed: number | bigint): bigint {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new TorchRandomError(
      'invalid-seed',
      `Expected \`seed\` to be a whole number, got \`${seed}\` (number); pass seeds beyond 2^53 as a bigint`,
    )
  }
  const value = BigInt(seed)
  if (value < lowest || value > highest) {
    throw new TorchRandomError('invalid-seed', `Expected \`seed\` in -2^63 .. 2^64-1, got \`${value}\``)
  }
  return BigInt.asUintN(64, value)
}
