import { EmbeddingError } from '../errors.ts'
import { checkCount } from '../table.ts'

/** How the distances of DeBERTa become rows of its table. */
export interface DisentangledOptions {
  /** Distances that have rows of their own in each direction. DeBERTa v1: `max_relative_positions`. */
  readonly maxDistance: number
  /** DeBERTa v2 and v3: far distances share rows, so that the table has twice as many rows as this. @default each has its own */
  readonly buckets?: number
}

/**
 * The row of a distance in DeBERTa (He et al. 2021; `build_relative_position` and `make_log_bucket_position`). With buckets, half of
 * them are for small distances, one each, and the others grow with the logarithm up to `maxDistance`. Each step is rounded to
 * float32, as torch does it.
 *
 * @returns A function of the distance `query position - key position`.
 * @throws EmbeddingError `invalid-argument`.
 */
export function disentangledRow({ maxDistance, buckets }: DisentangledOptions): (distance: number) => number {
  checkCount('maxDistance', maxDistance, 1)
  const span = buckets ?? maxDistance
  const place = buckets === undefined ? (distance: number) => distance : logBuckets(buckets, maxDistance)
  return (distance) => Math.max(0, Math.min(2 * span - 1, place(distance) + span))
}

function logBuckets(buckets: number, maxDistance: number): (distance: number) => number {
  checkCount('buckets', buckets, 2)
  const exact = Math.floor(buckets / 2)
  if (maxDistance - 1 <= exact) {
    throw new EmbeddingError(
      'invalid-argument',
      `Expected \`maxDistance\` to be above ${exact + 1} with ${buckets} buckets, got \`${maxDistance}\``,
    )
  }
  const { fround } = Math
  const scale = log32((maxDistance - 1) / exact)
  return (distance) => {
    const away = Math.abs(distance)
    if (away <= exact) return distance
    const beyond = fround(fround(log32(away / exact) / scale) * (exact - 1))
    return Math.sign(distance) * (Math.ceil(beyond) + exact)
  }
}

/** The logarithm of a float32 number, rounded to one. */
function log32(value: number): number {
  return Math.fround(Math.log(Math.fround(value)))
}
