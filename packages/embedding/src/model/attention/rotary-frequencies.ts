import { pow } from '@sluice/torch-random'
import { numberIn } from './config-values.ts'

/** What a rule of frequencies is given: `rope_parameters` of config.json, and sizes. */
export interface RopeSizes {
  readonly rope: Readonly<Record<string, unknown>>
  readonly dim: number
  readonly base: number
  /** Tokens of the windows: some rules depend on it. */
  readonly contextLength: number
  /** `max_position_embeddings`. */
  readonly mostPositions: number | undefined
  /** Positions that the model was first trained for, where config.json says it beside `rope_parameters`. */
  readonly originalPositions: number | undefined
}

/** Frequencies of a rotary table, and what its cosines and sines are multiplied by. */
export interface RopeFrequencies {
  readonly frequencies: Float32Array
  /** @default 1 */
  readonly factor?: number
}

/** The rules by `rope_type`, as transformers 5.18.0 has them. Each returns undefined where a number is missing that it needs. */
export const ropeRules: Readonly<Record<string, (sizes: RopeSizes) => RopeFrequencies | undefined>> = {
  default: ({ dim, base }) => ({ frequencies: inverseFrequencies(dim, base) }),
  linear,
  llama3,
  dynamic,
  yarn,
  longrope,
}

/** `1 / base^(2i / dim)`, each step rounded to float32. */
function inverseFrequencies(dim: number, base: number): Float32Array {
  return powers(dim, base).map((power) => 1 / power)
}

function powers(dim: number, base: number): Float32Array {
  return Float32Array.from({ length: dim / 2 }, (_, i) => pow(base, Math.fround((2 * i) / dim)))
}

function linear({ rope, dim, base }: RopeSizes): RopeFrequencies | undefined {
  const factor = numberIn(rope['factor'])
  if (factor === undefined) return undefined
  return { frequencies: inverseFrequencies(dim, base).map((value) => value / factor) }
}

/** Long waves are stretched, short ones kept, those between are blended. */
function llama3({ rope, dim, base }: RopeSizes): RopeFrequencies | undefined {
  const [factor, low, high, before] = [
    numberIn(rope['factor']),
    numberIn(rope['low_freq_factor']),
    numberIn(rope['high_freq_factor']),
    numberIn(rope['original_max_position_embeddings']),
  ]
  if (factor === undefined || low === undefined || high === undefined || before === undefined)
    return undefined
  const frequencies = inverseFrequencies(dim, base).map((value) => {
    const wavelength = (2 * Math.PI) / value
    if (wavelength > before / low) return value / factor
    if (wavelength < before / high) return value
    const smooth = (before / wavelength - low) / (high - low)
    return ((1 - smooth) * value) / factor + smooth * value
  })
  return { frequencies }
}

/** A larger base for windows that are longer than the model's positions. */
function dynamic({ rope, dim, base, contextLength, mostPositions }: RopeSizes): RopeFrequencies | undefined {
  const factor = numberIn(rope['factor'])
  if (factor === undefined || mostPositions === undefined || dim <= 2) return undefined
  const length = Math.max(contextLength, mostPositions)
  const growth = (factor * length) / mostPositions - (factor - 1)
  return { frequencies: inverseFrequencies(dim, base * pow(growth, dim / (dim - 2))) }
}

/** YaRN (Peng et al. 2023): stretched frequencies and kept ones, blended along a ramp over the columns. */
function yarn({ rope, dim, base, ...sizes }: RopeSizes): RopeFrequencies | undefined {
  const before = originalOf(rope, sizes)
  const factor = numberIn(rope['factor']) ?? ratio(sizes.mostPositions, before)
  if (before === undefined || factor === undefined) return undefined
  const columnOf = (turns: number): number =>
    (dim * Math.log(before / (turns * 2 * Math.PI))) / (2 * Math.log(base))
  const isWhole = rope['truncate'] !== false
  const [first, last] = [
    columnOf(numberIn(rope['beta_fast']) || 32),
    columnOf(numberIn(rope['beta_slow']) || 1),
  ]
  const low = Math.max(0, isWhole ? Math.floor(first) : first)
  const high = Math.min(dim - 1, isWhole ? Math.ceil(last) : last)
  const span = low === high ? 0.001 : high - low
  const frequencies = powers(dim, base).map((power, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / span))
    return (1 / (factor * power)) * ramp + (1 / power) * (1 - ramp)
  })
  return { frequencies, factor: numberIn(rope['attention_factor']) ?? yarnScale(rope, factor) }
}

function yarnScale(rope: RopeSizes['rope'], factor: number): number {
  const scaleOf = (by = 1): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1)
  const [one, all] = [numberIn(rope['mscale']), numberIn(rope['mscale_all_dim'])]
  return one && all ? scaleOf(one) / scaleOf(all) : scaleOf()
}

/** LongRoPE (Ding et al. 2024): a factor for each column; other ones for windows beyond the first training's length. */
function longrope({ rope, dim, base, contextLength, ...sizes }: RopeSizes): RopeFrequencies | undefined {
  const before = originalOf(rope, sizes)
  if (before === undefined) return undefined
  const named = rope[contextLength > before ? 'long_factor' : 'short_factor']
  const factor = numberIn(rope['factor']) ?? ratio(sizes.mostPositions, before)
  const isList = Array.isArray(named) && named.length === dim / 2 && named.every((one) => numberIn(one))
  if (!isList || factor === undefined) return undefined
  const factors = Float32Array.from(named as number[])
  const stretch = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(before))
  return {
    frequencies: powers(dim, base).map((power, i) => 1 / Math.fround(factors[i]! * power)),
    factor: numberIn(rope['attention_factor']) ?? stretch,
  }
}

function originalOf(
  rope: RopeSizes['rope'],
  { mostPositions, originalPositions }: Pick<RopeSizes, 'mostPositions' | 'originalPositions'>,
): number | undefined {
  return numberIn(rope['original_max_position_embeddings']) ?? originalPositions ?? mostPositions
}

function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b
}
