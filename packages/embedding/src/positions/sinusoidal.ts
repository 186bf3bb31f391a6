import { cos, sin } from '@sluice/torch-random'
import { tableFromWeight, type EmbeddingTable } from '../table.ts'
import { defaultBase, checkAngles, wavelengths } from './angles.ts'

/** The shape of a sinusoidal table. */
export interface SinusoidalOptions {
  /** Rows: positions 0 .. contextLength - 1. */
  readonly contextLength: number
  /** Columns; even. */
  readonly embeddingDim: number
  /** @default 10000 */
  readonly base?: number
}

/**
 * The fixed positions of Vaswani et al. 2017, section 3.5: column 2i of row p is `sin(p / base^(2i / dim))`, column 2i + 1 its
 * cosine. Added to the token embedding like learned ones.
 *
 * Computed in double and rounded once. Tables that PyTorch code computes in float32 differ from it by up to 6e-5 at position
 * 1023, because there the angle itself is rounded.
 *
 * @throws EmbeddingError `invalid-argument`.
 */
export function sinusoidalTable(options: SinusoidalOptions): EmbeddingTable {
  const { contextLength, embeddingDim, base = defaultBase } = options
  checkAngles(contextLength, 'contextLength', embeddingDim, 'embeddingDim', base)
  const powers = wavelengths(embeddingDim, base)
  const weight = new Float32Array(contextLength * embeddingDim)
  for (let position = 0; position < contextLength; position++) {
    for (let i = 0; i < powers.length; i++) {
      const angle = position / powers[i]!
      const at = position * embeddingDim + 2 * i
      weight[at] = sin(angle)
      weight[at + 1] = cos(angle)
    }
  }
  return tableFromWeight({ embeddingDim, weight })
}
