import { EmbeddingError } from '../errors.ts'
import { checkCount } from '../table.ts'

/** Two sequences whose positions are compared. */
export interface QueryAndKeyLength {
  readonly queryLength: number
  readonly keyLength: number
}

/** Distances that a table of relative positions has rows for. */
export interface RelativeDistanceOptions extends QueryAndKeyLength {
  /** Shaw: the clipping distance k. BERT: `max_position_embeddings`. */
  readonly maxDistance: number
}

/** Rows of the table of Shaw et al. 2018: distances -k .. k. */
export function shawRows(maxDistance: number): number {
  return 2 * maxDistance + 1
}

/** Rows of BERT's `distance_embedding`: distances -(max - 1) .. max - 1. */
export function bertRows(maxDistance: number): number {
  return 2 * maxDistance - 1
}

/**
 * The row for each query and key in Shaw et al. 2018: `clip(j - i, -k, k) + k`.
 *
 * @returns `[queryLength, keyLength]`, row-major.
 * @throws EmbeddingError `invalid-argument`.
 */
export function shawDistanceIds({
  queryLength,
  keyLength,
  maxDistance,
}: RelativeDistanceOptions): Int32Array {
  checkCount('maxDistance', maxDistance, 1)
  return eachPair({ queryLength, keyLength }, (i, j) => {
    return Math.max(-maxDistance, Math.min(maxDistance, j - i)) + maxDistance
  })
}

/**
 * The row for each query and key in BERT's `relative_key` and `relative_key_query` (Huang et al. 2020; Hugging Face):
 * `i - j + max - 1`.
 *
 * @returns `[queryLength, keyLength]`, row-major.
 * @throws EmbeddingError `invalid-argument`, also when a sequence is longer than `maxDistance`.
 */
export function bertDistanceIds({
  queryLength,
  keyLength,
  maxDistance,
}: RelativeDistanceOptions): Int32Array {
  checkCount('maxDistance', maxDistance, 1)
  if (Math.max(queryLength, keyLength) > maxDistance) {
    throw new EmbeddingError(
      'invalid-argument',
      `Expected sequences up to \`maxDistance\` = ${maxDistance}, got ${queryLength} queries and ${keyLength} keys`,
    )
  }
  return eachPair({ queryLength, keyLength }, (i, j) => i - j + maxDistance - 1)
}

/**
 * The scores that a distance table adds to `query · key`: the reference for what a trainer does with it.
 *
 * @param tensors - the four that follow.
 * @param tensors.query - `[queryLength, headDim]` of one head.
 * @param tensors.key - `[keyLength, headDim]` of the same head.
 * @param tensors.table - `[rows, headDim]`.
 * @param tensors.distanceIds - `[queryLength, keyLength]`, from {@link shawDistanceIds} or {@link bertDistanceIds}.
 * @param kind - `relative_key` adds query · distance (as Shaw does); `relative_key_query` adds key · distance as well.
 * @returns `[queryLength, keyLength]`, summed in double.
 */
export function relativeScores(
  {
    query,
    key,
    table,
    distanceIds,
  }: Record<'query' | 'key' | 'table', Float32Array> & { distanceIds: Int32Array },
  headDim: number,
  kind: 'relative_key' | 'relative_key_query',
): Float32Array {
  const keys = key.length / headDim
  return Float32Array.from(distanceIds, (row, at) => {
    const [i, j] = [Math.floor(at / keys), at % keys]
    let sum = 0
    for (let d = 0; d < headDim; d++) {
      const distance = table[row * headDim + d]!
      sum += query[i * headDim + d]! * distance
      if (kind === 'relative_key_query') sum += key[j * headDim + d]! * distance
    }
    return sum
  })
}

/** Calls `id` for each query i and key j, in row-major order. */
export function eachPair(
  { queryLength, keyLength }: QueryAndKeyLength,
  id: (i: number, j: number) => number,
): Int32Array {
  checkCount('queryLength', queryLength, 0)
  checkCount('keyLength', keyLength, 0)
  const ids = new Int32Array(queryLength * keyLength)
  for (let i = 0; i < queryLength; i++) {
    for (let j = 0; j < keyLength; j++) ids[i * keyLength + j] = id(i, j)
  }
  return ids
}
