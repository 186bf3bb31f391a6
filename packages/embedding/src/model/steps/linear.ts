/** A linear layer: `weight` is `[outputs, inputs]`, as torch stores it. */
export interface LinearWeights {
  readonly weight: Float32Array
  readonly bias: Float32Array | undefined
  readonly inputs: number
  readonly outputs: number
}

/** Applies a linear layer to rows of `inputs` values: sums in float64, rounded to float32 once. */
export function linear(
  values: Float32Array,
  { weight, bias, inputs, outputs }: LinearWeights,
): Float32Array<ArrayBuffer> {
  const rows = values.length / inputs
  const result = new Float32Array(rows * outputs)
  for (let row = 0; row < rows; row++) {
    for (let out = 0; out < outputs; out++) {
      let sum = 0
      for (let i = 0; i < inputs; i++) sum += values[row * inputs + i]! * weight[out * inputs + i]!
      result[row * outputs + out] = sum + (bias?.[out] ?? 0)
    }
  }
  return result
}
