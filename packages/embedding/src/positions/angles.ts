import { largestAngle, pow } from '@sluice/torch-random'
import { EmbeddingError } from '../errors.ts'
import { checkCount } from '../table.ts'

/** Base of the frequencies in Vaswani et al. 2017 and Su et al. 2021. */
export const defaultBase = 10_000

/** The powers `base^(2i / dim)`, i = 0 .. dim/2 - 1, in double. */
export function wavelengths(dim: number, base: number): Float64Array {
  return Float64Array.from({ length: Math.ceil(dim / 2) }, (_, i) => pow(base, (2 * i) / dim))
}

/** @throws EmbeddingError `invalid-argument`. */
export function checkAngles(
  count: number,
  countName: string,
  dim: number,
  dimName: string,
  base: number,
): void {
  checkCount(countName, count, 1)
  checkCount(dimName, dim, 2)
  if (dim % 2 !== 0) {
    throw new EmbeddingError('invalid-argument', `Expected \`${dimName}\` to be even, got \`${dim}\``)
  }
  if (!(base > 1) || !Number.isFinite(base)) {
    throw new EmbeddingError('invalid-argument', `Expected \`base\` to be above 1, got \`${base}\``)
  }
  if (count > largestAngle) {
    const most = Math.floor(largestAngle)
    throw new EmbeddingError('invalid-argument', `Expected \`${countName}\` up to ${most}, got \`${count}\``)
  }
}
