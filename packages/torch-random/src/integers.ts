import { TorchRandomError } from './errors.ts'
import type { Generator } from './generator.ts'

/** From this range on, PyTorch 2.13 takes 64 random bits for an integer. */
const wideRange = 2 ** 28

/** `(high * 2^32 + low) % divisor` for unsigned words and a divisor up to 2^37, without a bigint. */
export function modulo64(high: number, low: number, divisor: number): number {
  const middle = ((high % divisor) * 65536 + (low >>> 16)) % divisor
  return (middle * 65536 + (low & 0xffff)) % divisor
}

/** A uniform integer in 0 .. 2^63-1: `torch.empty((), dtype=torch.int64).random_(generator=generator)`. */
export function randomInt63(generator: Generator): bigint {
  return BigInt.asUintN(63, generator.random64())
}

/**
 * Fills `target` with uniform integers in `low .. high - 1`: `torch.randint(low, high, …)` of PyTorch 2.13
 * (1.13 draws differently for ranges from 2^28 to 2^32).
 *
 * @throws TorchRandomError `invalid-argument` when `low >= high`, or a bound is not a safe integer or does not fit the array.
 */
export function fillRandint(
  target: Int32Array | Float64Array | BigInt64Array,
  options: { readonly low?: number; readonly high: number; readonly generator: Generator },
): void {
  const { low = 0, high, generator } = options
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || low >= high) {
    throw new TorchRandomError(
      'invalid-argument',
      `Expected whole numbers \`low\` < \`high\`, got ${low} and ${high}`,
    )
  }
  const range = high - low
  if (!Number.isSafeInteger(range)) {
    throw new TorchRandomError('invalid-argument', `Expected \`high - low\` below 2^53, got ${range}`)
  }
  if (target instanceof Int32Array && (low < -0x80000000 || high > 0x80000000)) {
    throw new TorchRandomError(
      'invalid-argument',
      `Expected bounds within int32 for an Int32Array, got ${low} and ${high}`,
    )
  }
  const draw = range < wideRange ? () => generator.random() % range : () => wide(generator, range)
  if (target instanceof BigInt64Array) {
    for (let i = 0; i < target.length; i++) target[i] = BigInt(low + draw())
  } else {
    for (let i = 0; i < target.length; i++) target[i] = low + draw()
  }
}

function wide(generator: Generator, range: number): number {
  return Number(generator.random64() % BigInt(range))
}
