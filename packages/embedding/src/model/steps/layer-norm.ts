/** Weights of a layer norm; `bias` is absent in some models. */
export interface LayerNormWeights {
  readonly weight: Float32Array
  readonly bias: Float32Array | undefined
  readonly epsilon: number
}

/**
 * Normalizes rows of `dim` values in place: in float64, rounded to float32 once. torch's own float32 result differs from
 * build to build in the last bits, so this is not bit-equal to it (at most 4e-6 · max(1, |x|max) away).
 *
 * @param roundStep - rounds after the normalization, the product and the sum where the model does so; otherwise absent
 */
export function layerNorm(
  values: Float32Array,
  dim: number,
  { weight, bias, epsilon }: LayerNormWeights,
  roundStep?: (values: Float32Array) => void,
): void {
  const scaled = new Float64Array(dim)
  for (let start = 0; start < values.length; start += dim) {
    const row = values.subarray(start, start + dim)
    let mean = 0
    for (const value of row) mean += value
    mean /= dim
    let variance = 0
    for (const value of row) variance += (value - mean) ** 2
    const deviation = Math.sqrt(variance / dim + epsilon)
    for (let i = 0; i < dim; i++) scaled[i] = (row[i]! - mean) / deviation
    if (roundStep === undefined) {
      for (let i = 0; i < dim; i++) row[i] = scaled[i]! * weight[i]! + (bias?.[i] ?? 0)
      continue
    }
    row.set(scaled)
    roundStep(row)
    for (let i = 0; i < dim; i++) row[i] = row[i]! * weight[i]!
    roundStep(row)
    if (bias === undefined) continue
    for (let i = 0; i < dim; i++) row[i] = row[i]! + bias[i]!
    roundStep(row)
  }
}
