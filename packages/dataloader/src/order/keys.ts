import { DataLoaderError } from '../errors.ts'

/** Which keyed order: the same seed and epoch give the same one, on any machine and in the Python reader. */
export interface OrderKey {
  /** A whole number in `[-2^63, 2^64)`. */
  readonly seed: number | bigint
  /** A whole number from 0. */
  readonly epoch: number
}

/** What a key is used for: equal seeds must not give equal permutations of blocks, of windows and of mixtures. */
export const Stream = { windows: 0, blocks: 1, group: 2, tail: 3, mixture: 4, source: 5 } as const

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): every bit of a 32-bit word reaches every other. */
export function mix32(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** A 32-bit hash of 32-bit words. */
export function hash32(words: readonly number[]): number {
  let hash = 0
  for (const word of words) hash = mix32((Math.imul(hash, 5) + 0x9e3779b9) ^ word)
  return hash
}

/**
 * The low and high 32 bits of a whole number in `[-2^63, 2^64)`, negative ones in two's complement.
 *
 * @throws DataLoaderError `invalid-argument`.
 */
export function wordsOf(name: string, value: number | bigint): [low: number, high: number] {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value)
  const big = whole ? BigInt(value) : undefined
  if (big === undefined || big < -(2n ** 63n) || big >= 2n ** 64n) {
    throw new DataLoaderError(
      'invalid-argument',
      `Expected \`${name}\` to be a whole number in -2^63 .. 2^64-1, got \`${String(value)}\` (${typeof value})`,
    )
  }
  return [Number(big & 0xffffffffn), Number((big >> 32n) & 0xffffffffn)]
}

/** The words of a key and of what it is used for: what {@link hash32} is given after a counter. */
export function keyWords({ seed, epoch }: OrderKey, stream: readonly number[]): number[] {
  return [...stream, ...wordsOf('seed', seed), ...wordsOf('epoch', epoch)]
}
