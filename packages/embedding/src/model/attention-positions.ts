import { pow } from '@sluice/torch-random'
import { alibiSlopes } from '../positions/alibi.ts'
import { defaultBase } from '../positions/angles.ts'
import { rotaryTablesOf } from '../positions/rotary.ts'
import type { TensorToWrite } from '../safetensors/write.ts'
import type { ModelConfig } from './model-config.ts'
import { rotaryFamilies } from './rotary-families.ts'

/** What a config.json may ask for: more than any model has, and numbers of a table that fit into memory. */
const mostHeadDim = 1 << 14
const mostHeads = 1 << 14
const mostNumbers = 1 << 27

/** Positions that a model uses inside attention, as tables with their definition. */
export interface AttentionPositions {
  readonly kind: 'rotary' | 'alibi'
  readonly sizes: Readonly<Record<string, number>>
  readonly tensors: readonly TensorToWrite[]
  readonly formula: string
  readonly source: string
}

/**
 * The positions inside attention that a model's config.json asks for: rotary ones of the default, linear and llama3 kinds, and ALiBi.
 *
 * @param contextLength rows of tables by position
 * @returns undefined where the model has none, or others than these
 */
export function attentionPositions(
  config: ModelConfig,
  contextLength: number,
): AttentionPositions | undefined {
  return rotaryOf(config, contextLength) ?? alibiOf(config)
}

function rotaryOf(config: ModelConfig, contextLength: number): AttentionPositions | undefined {
  const { modelType } = config
  const family = Object.hasOwn(rotaryFamilies, modelType) ? rotaryFamilies[modelType] : undefined
  if (family === undefined) return undefined
  const rope = ropeOf(config)
  if (rope === undefined) return undefined
  const width = numberIn(config.field('head_dim')) ?? headDimOf(config)
  const share =
    rope['partial_rotary_factor'] ?? config.field('partial_rotary_factor') ?? config.field('rotary_pct')
  const dim = width === undefined ? undefined : Math.trunc(width * (numberIn(share) ?? family.share ?? 1))
  const base = numberIn(rope['rope_theta'] ?? config.field('rope_theta') ?? config.field('rotary_emb_base'))
  if (dim === undefined || dim < 2 || dim % 2 !== 0 || dim > mostHeadDim) return undefined
  if (contextLength * dim > mostNumbers || (base !== undefined && base <= 1)) return undefined
  const frequencies = scaled(inverseFrequencies(dim, base ?? defaultBase), rope)
  if (frequencies === undefined) return undefined
  const { cos, sin } = rotaryTablesOf(frequencies, contextLength)
  const shape = [contextLength, dim / 2]
  const columns = family.pairs === 'half' ? '(d, d + dim / 2)' : '(2d, 2d + 1)'
  return {
    kind: 'rotary',
    sizes: { contextLength, dim, base: base ?? defaultBase },
    tensors: [
      { name: 'rotary.inv_freq', dtype: 'F32', shape: [dim / 2], data: frequencies },
      { name: 'rotary.cos', dtype: 'F32', shape, data: cos },
      { name: 'rotary.sin', dtype: 'F32', shape, data: sin },
    ],
    formula: `the first ${dim} columns of queries and keys of each head: (a, b) -> (a cos - b sin, b cos + a sin) for the column pairs ${columns}; cos and sin at [p][d] of the angle p · inv_freq[d], a float32 product; ${typeOf(rope)} frequencies of ${modelType}`,
    source: 'Su et al. 2021 (RoFormer), as transformers 5 computes it',
  }
}

/** `rope_parameters` of transformers 5, or what version 4 wrote in its place; undefined where layers have several. */
function ropeOf(config: ModelConfig): Readonly<Record<string, unknown>> | undefined {
  const fields = objectIn(config.field('rope_parameters')) ?? objectIn(config.field('rope_scaling')) ?? {}
  return Object.values(fields).some((value) => objectIn(value) !== undefined) ? undefined : fields
}

function typeOf(rope: Readonly<Record<string, unknown>>): string {
  const named = rope['rope_type'] ?? rope['type'] ?? 'default'
  return typeof named === 'string' ? named : 'unknown'
}

function headDimOf(config: ModelConfig): number | undefined {
  const [width, heads] = [
    numberIn(config.field('hidden_size')),
    numberIn(config.field('num_attention_heads')),
  ]
  return width === undefined || heads === undefined || heads < 1 ? undefined : Math.trunc(width / heads)
}

/** `1 / base^(2i / dim)`, each step rounded to float32. */
function inverseFrequencies(dim: number, base: number): Float32Array {
  return Float32Array.from(
    { length: dim / 2 },
    (_, i) => 1 / Math.fround(pow(base, Math.fround((2 * i) / dim))),
  )
}

/** Frequencies as a kind of scaling makes them; undefined for kinds that are not known here. */
function scaled(
  frequencies: Float32Array,
  rope: Readonly<Record<string, unknown>>,
): Float32Array | undefined {
  const factor = numberIn(rope['factor'])
  switch (typeOf(rope)) {
    case 'default':
      return frequencies
    case 'linear':
      return factor === undefined ? undefined : frequencies.map((value) => value / factor)
    case 'llama3': {
      const [low, high] = [numberIn(rope['low_freq_factor']), numberIn(rope['high_freq_factor'])]
      const before = numberIn(rope['original_max_position_embeddings'])
      if (factor === undefined || low === undefined || high === undefined || before === undefined)
        return undefined
      return frequencies.map((value) => {
        const wavelength = (2 * Math.PI) / value
        if (wavelength > before / low) return value / factor
        if (wavelength < before / high) return value
        const smooth = (before / wavelength - low) / (high - low)
        return ((1 - smooth) * value) / factor + smooth * value
      })
    }
    default:
      return undefined
  }
}

function alibiOf(config: ModelConfig): AttentionPositions | undefined {
  const { modelType } = config
  const isAsked = modelType === 'bloom' || (modelType === 'falcon' && config.isTrue('alibi'))
  const numHeads = numberIn(config.field('n_head') ?? config.field('num_attention_heads'))
  if (!isAsked || numHeads === undefined || !Number.isSafeInteger(numHeads)) return undefined
  if (numHeads < 1 || numHeads > mostHeads) return undefined
  return {
    kind: 'alibi',
    sizes: { numHeads },
    tensors: [{ name: 'alibi.slopes', dtype: 'F32', shape: [numHeads], data: alibiSlopes(numHeads) }],
    formula:
      'score of head h += slopes[h] · j, which differs from -slopes[h] |i - j| by a constant of each query; fixed',
    source: `Press et al. 2022 (ALiBi), as transformers 5 computes it for ${modelType}`,
  }
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}
