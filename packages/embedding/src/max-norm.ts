import { fma32, pow } from '@sluice/torch-random'
import { EmbeddingError } from './errors.ts'
import { checkIds } from './lookup/check-ids.ts'
import type { EmbeddingTable } from './table.ts'

/** Which rows are shortened, and to what. */
export interface MaxNormOptions {
  /** The longest norm a row may have; above 0. */
  readonly maxNorm: number
  /** The p of the norm; `Infinity` for the largest magnitude. @default 2 */
  readonly normType?: number
}

const f = Math.fround

/**
 * Shortens the rows that `ids` name to at most `maxNorm`, in place, each once: what `nn.Embedding(max_norm=…)` does before
 * each lookup.
 *
 * Bit for bit PyTorch 2.13 on AVX2 for norms 1, 2 and infinity; other norms within a few units of the last place.
 *
 * An embedder of files or of ONNX Runtime has its own copy of the table: shorten the rows before it is made.
 *
 * @throws EmbeddingError `invalid-argument` or `id-out-of-range`.
 */
export function limitNorms(table: EmbeddingTable, ids: Int32Array, options: MaxNormOptions): void {
  const { maxNorm, normType = 2 } = options
  if (!(maxNorm > 0) || !(normType > 0)) {
    throw new EmbeddingError(
      'invalid-argument',
      `Expected \`maxNorm\` and \`normType\` above 0, got \`${maxNorm}\` and \`${normType}\``,
    )
  }
  checkIds(ids, table.numEmbeddings, 'ids')
  const { weight, embeddingDim } = table
  for (const id of new Set(ids)) {
    const row = weight.subarray(id * embeddingDim, (id + 1) * embeddingDim)
    const norm = rowNorm(row, normType)
    if (norm > maxNorm) {
      const scale = f(maxNorm / (norm + 1e-7))
      for (let d = 0; d < row.length; d++) row[d] = row[d]! * scale
    }
  }
}

/** A norm in float32, in the order in which PyTorch adds: vectorized for p = 2 alone. */
export function rowNorm(row: Float32Array, p: number): number {
  if (p === Infinity) return row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  if (p === 2) return f(Math.sqrt(sumOfSquares(row)))
  if (p === 1) return row.reduce((sum, v) => f(sum + Math.abs(v)), 0)
  const sum = row.reduce((total, v) => f(total + (v === 0 ? 0 : f(pow(Math.abs(v), p)))), 0)
  return sum === 0 ? 0 : f(pow(sum, 1 / p))
}

/**
 * The square root's argument: eight lanes over the whole groups of eight, added from lane 0 on; then the rest one by one,
 * the last up to three of which the compiler fuses.
 */
function sumOfSquares(row: Float32Array): number {
  const whole = row.length - (row.length % 8)
  let sum = 0
  if (whole > 0) {
    const lanes = new Float32Array(8)
    for (let i = 0; i < whole; i++) lanes[i % 8] = lanes[i % 8]! + f(row[i]! * row[i]!)
    sum = lanes.reduce((total, lane) => f(total + lane))
  }
  const four = row.length - whole >= 4 ? whole + 4 : whole
  for (let i = whole; i < four; i++) sum = f(sum + f(row[i]! * row[i]!))
  for (let i = four; i < row.length; i++) sum = fma32(row[i]!, row[i]!, sum)
  return sum
}
