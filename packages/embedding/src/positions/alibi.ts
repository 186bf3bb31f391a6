import { pow } from '@sluice/torch-random'
import { checkCount } from '../table.ts'
import type { QueryAndKeyLength } from './relative-distance.ts'

/**
 * The slope of each head in ALiBi (Press et al. 2022): powers of 2^(-8 / n) for n heads, and for other counts than powers of two
 * every second one of the next power's.
 *
 * @throws EmbeddingError `invalid-argument`.
 */
export function alibiSlopes(numHeads: number): Float32Array {
  checkCount('numHeads', numHeads, 1)
  const whole = 2 ** Math.floor(Math.log2(numHeads))
  const slopes = geometric(whole)
  if (whole === numHeads) return Float32Array.from(slopes)
  const between = geometric(2 * whole).filter((_, i) => i % 2 === 0)
  return Float32Array.from([...slopes, ...between.slice(0, numHeads - whole)])
}

/** MPT's slopes: those of the next power of two, its odd places before its even ones where that is more than the heads. */
export function mptSlopes(numHeads: number): Float32Array {
  checkCount('numHeads', numHeads, 1)
  const all = geometric(2 ** Math.ceil(Math.log2(numHeads)))
  if (all.length === numHeads) return Float32Array.from(all)
  const odd = all.filter((_, i) => i % 2 === 1)
  const even = all.filter((_, i) => i % 2 === 0)
  return Float32Array.from([...odd, ...even].slice(0, numHeads))
}

function geometric(count: number): number[] {
  return Array.from({ length: count }, (_, i) => pow(2, (-8 / count) * (i + 1)))
}

/**
 * The bias that is added to the scores: minus the slope times the distance. The last query stands at the last key.
 *
 * @returns `[numHeads, queryLength, keyLength]`, row-major.
 */
export function alibiBias({
  numHeads,
  queryLength,
  keyLength,
}: QueryAndKeyLength & { readonly numHeads: number }): Float32Array {
  const slopes = alibiSlopes(numHeads)
  const bias = new Float32Array(numHeads * queryLength * keyLength)
  let at = 0
  for (const slope of slopes) {
    for (let i = 0; i < queryLength; i++) {
      const position = i + keyLength - queryLength
      for (let j = 0; j < keyLength; j++) bias[at++] = 0 - slope * Math.abs(position - j)
    }
  }
  return bias
}
