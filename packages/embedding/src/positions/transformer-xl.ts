import { cos, sin } from '@sluice/torch-random'
import { EmbeddingError } from '../errors.ts'
import { checkAngles, defaultBase, wavelengths } from './angles.ts'

/** The shape of Transformer-XL's encodings. */
export interface TransformerXlOptions {
  /** Keys in reach: the segment and its memory. */
  readonly keyLength: number
  /** Columns; even. */
  readonly embeddingDim: number
  /** @default 10000 */
  readonly base?: number
}

/**
 * The relative encodings R of Dai et al. 2019 (Transformer-XL): row r belongs to distance keyLength - 1 - r, and holds all
 * sines, then all cosines. `[keyLength, embeddingDim]`, row-major, computed in double and rounded once.
 *
 * @throws EmbeddingError `invalid-argument`.
 */
export function transformerXlEncodings(options: TransformerXlOptions): Float32Array {
  const { keyLength, embeddingDim, base = defaultBase } = options
  checkAngles(keyLength, 'keyLength', embeddingDim, 'embeddingDim', base)
  const frequencies = wavelengths(embeddingDim, base).map((power) => 1 / power)
  const half = frequencies.length
  const encodings = new Float32Array(keyLength * embeddingDim)
  for (let row = 0; row < keyLength; row++) {
    for (let i = 0; i < half; i++) {
      const angle = (keyLength - 1 - row) * frequencies[i]!
      encodings[row * embeddingDim + i] = sin(angle)
      encodings[row * embeddingDim + half + i] = cos(angle)
    }
  }
  return encodings
}

/**
 * The shift of Transformer-XL's appendix B, which turns scores by row of R into scores by key: row i moves left by
 * queryLength - 1 - i. What lies right of the diagonal (j > i + keyLength - queryLength) is meaningless and masked by the caller.
 *
 * @param scores - `[queryLength, keyLength]`, row-major.
 * @returns A new array of the same shape.
 */
export function relativeShift(scores: Float32Array, queryLength: number, keyLength: number): Float32Array {
  if (scores.length !== queryLength * keyLength) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected ${queryLength} x ${keyLength} scores, got ${scores.length}`,
    )
  }
  // A column of zeros in front, read as [keyLength + 1, queryLength], without its first row.
  const padded = new Float32Array(queryLength * (keyLength + 1))
  for (let i = 0; i < queryLength; i++) {
    padded.set(scores.subarray(i * keyLength, (i + 1) * keyLength), i * (keyLength + 1) + 1)
  }
  return padded.slice(queryLength)
}
