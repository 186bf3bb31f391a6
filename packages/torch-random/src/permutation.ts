import { TorchRandomError } from './errors.ts'
import type { Generator } from './generator.ts'
import { modulo64 } from './integers.ts'

/** From this length on, 32 random bits are too few for an even choice (bias above 1/20), and PyTorch changes the method. */
const long = Math.floor((2 ** 32 - 1) / 20)

/**
 * A random order of 0 .. n-1: `torch.randperm(n, generator=generator)`.
 *
 * @param n - At most 2^31 - 1.
 * @throws TorchRandomError `invalid-argument`.
 */
export function randperm(n: number, generator: Generator): Int32Array {
  if (!Number.isInteger(n) || n < 0 || n > 0x7fffffff) {
    throw new TorchRandomError(
      'invalid-argument',
      `Expected \`n\` to be a whole number in 0 .. 2^31-1, got \`${n}\``,
    )
  }
  const order = new Int32Array(n)
  if (n >= long) return insideOut(order, generator)
  for (let i = 0; i < n; i++) order[i] = i
  for (let i = 0; i < n - 1; i++) {
    const other = i + (generator.random() % (n - i))
    const value = order[i]!
    order[i] = order[other]!
    order[other] = value
  }
  return order
}

function insideOut(order: Int32Array, generator: Generator): Int32Array {
  for (let i = 0; i < order.length; i++) {
    const high = generator.random()
    const other = modulo64(high, generator.random(), i + 1)
    order[i] = order[other]!
    order[other] = i
  }
  return order
}
