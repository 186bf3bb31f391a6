import { EmbeddingError } from '../errors.ts'
import { checkCount } from '../table.ts'
import { eachPair, type QueryAndKeyLength } from './relative-distance.ts'

/** How distances are put into buckets. */
export interface T5BucketOptions {
  /** @default 32 */
  readonly numBuckets?: number
  /** From this distance on, one bucket. @default 128 */
  readonly maxDistance?: number
  /** Encoders look both ways, with half of the buckets each; decoders look back. @default true */
  readonly bidirectional?: boolean
}

/**
 * The bucket of a distance in T5 (Raffel et al. 2020; `_relative_position_bucket`): half of the buckets for small
 * distances, one each, the others growing with the logarithm up to `maxDistance`.
 *
 * @returns A function of the distance `key position - query position`.
 * @throws EmbeddingError `invalid-argument`.
 */
export function t5Bucketing(options: T5BucketOptions = {}): (distance: number) => number {
  const { numBuckets = 32, maxDistance = 128, bidirectional = true } = options
  const buckets = bidirectional ? Math.floor(numBuckets / 2) : numBuckets
  const exact = Math.floor(buckets / 2)
  checkCount('numBuckets', numBuckets, bidirectional ? 4 : 2)
  if (!Number.isInteger(maxDistance) || maxDistance <= exact) {
    throw new EmbeddingError(
      'invalid-argument',
      `Expected \`maxDistance\` to be a whole number above ${exact}, got \`${maxDistance}\``,
    )
  }
  const scale = Math.log(maxDistance / exact)
  return (distance) => {
    const side = bidirectional && distance > 0 ? buckets : 0
    const away = bidirectional ? Math.abs(distance) : Math.max(0, -distance)
    if (away < exact) return side + away
    const beyond = Math.trunc((Math.log(away / exact) / scale) * (buckets - exact))
    return side + Math.min(exact + beyond, buckets - 1)
  }
}

/**
 * The bucket for each query and key.
 *
 * @returns `[queryLength, keyLength]`, row-major.
 */
export function t5BucketIds({
  queryLength,
  keyLength,
  ...options
}: QueryAndKeyLength & T5BucketOptions): Int32Array {
  const bucket = t5Bucketing(options)
  return eachPair({ queryLength, keyLength }, (i, j) => bucket(j - i))
}

/**
 * The bias that is added to the scores of each head.
 *
 * @param table - The learned `relative_attention_bias`, `[numBuckets, numHeads]`, row-major.
 * @returns `[numHeads, queryLength, keyLength]`, row-major.
 */
export function t5Bias(
  table: Float32Array,
  numHeads: number,
  options: QueryAndKeyLength & T5BucketOptions,
): Float32Array {
  const { numBuckets = 32 } = options
  if (table.length !== numBuckets * numHeads) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected a table of ${numBuckets} x ${numHeads} values, got ${table.length}`,
    )
  }
  const ids = t5BucketIds(options)
  const bias = new Float32Array(numHeads * ids.length)
  for (let head = 0; head < numHeads; head++) {
    ids.forEach((id, at) => {
      bias[head * ids.length + at] = table[id * numHeads + head]!
    })
  }
  return bias
}
