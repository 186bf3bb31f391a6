import { defaultBase } from '../../positions/angles.ts'
import { rotaryTablesOf } from '../../positions/rotary.ts'
import type { ModelConfig } from '../model-config.ts'
import type { AttentionPositions, LeftOut } from './attention-positions.ts'
import { numberIn, objectIn } from './config-values.ts'
import { rotaryFamilies, type RotaryFamily } from './rotary-families.ts'
import { ropeRules, type RopeFrequencies } from './rotary-frequencies.ts'

/** What a config.json may ask for: more than any model has, and numbers of a table that fit into memory. */
const mostHeadDim = 1 << 14
const mostNumbers = 1 << 27
/** More kinds of layers than any model has. */
const mostKinds = 8

type Rope = Readonly<Record<string, unknown>>

/** Rotary positions of a model's config.json: a table, or one for each kind of layers. */
export function rotaryPositions(
  config: ModelConfig,
  contextLength: number,
): AttentionPositions | LeftOut | undefined {
  const { modelType } = config
  const family = Object.hasOwn(rotaryFamilies, modelType) ? rotaryFamilies[modelType] : undefined
  if (family === undefined) return undefined
  const ropes = ropesOf(config, family)
  if (ropes.length > mostKinds) return { leftOut: `${ropes.length} kinds of rotary positions` }
  const parts = ropes.map(([layers, rope]) => tablesOf(config, family, { layers, rope, contextLength }))
  const missing = parts.find((part) => 'leftOut' in part)
  if (missing !== undefined && 'leftOut' in missing) return missing
  const made = parts.flatMap((part) => ('leftOut' in part ? [] : [part]))
  const columns = family.pairs === 'half' ? '(d, d + dim / 2)' : '(2d, 2d + 1)'
  return {
    kind: 'rotary',
    sizes: Object.assign({ contextLength }, ...made.map(({ sizes }) => sizes)) as Record<string, number>,
    tensors: made.flatMap(({ tensors }) => tensors),
    stored: [],
    formula: `queries and keys of each head: (a, b) -> (a cos - b sin, b cos + a sin) for the column pairs ${columns}; cos and sin at [p][d] of the angle p · inv_freq[d], a float32 product; ${made.map(({ words }) => words).join('; ')}; frequencies of ${modelType}`,
    source: 'Su et al. 2021 (RoFormer), as transformers 5 computes it',
  }
}

interface Tables extends Pick<AttentionPositions, 'tensors' | 'sizes'> {
  readonly words: string
}

function tablesOf(
  config: ModelConfig,
  family: RotaryFamily,
  {
    layers,
    rope,
    contextLength,
  }: { readonly layers: string | undefined; readonly rope: Rope; readonly contextLength: number },
): Tables | LeftOut {
  const type = typeOf(rope)
  const leftOut = (why: string): LeftOut => ({ leftOut: `rotary positions of ${config.modelType}: ${why}` })
  const width =
    numberIn(config.field(family.width ?? 'head_dim')) ?? (family.width ? undefined : headDimOf(config))
  const share =
    rope['partial_rotary_factor'] ?? config.field('partial_rotary_factor') ?? config.field('rotary_pct')
  const dim = width === undefined ? undefined : Math.trunc(width * (numberIn(share) ?? family.share ?? 1))
  const named = rope['rope_theta'] ?? config.field('rope_theta') ?? config.field('rotary_emb_base')
  const base = numberIn(named) ?? family.base ?? defaultBase
  if (dim === undefined || dim < 2 || dim % 2 !== 0 || dim > mostHeadDim)
    return leftOut(`heads of ${dim ?? 'an unknown number of'} columns`)
  if (contextLength * dim > mostNumbers || base <= 1) return leftOut(`a base of ${base} for ${dim} columns`)
  const rule = Object.hasOwn(ropeRules, type) ? ropeRules[type] : undefined
  if (rule === undefined) return leftOut(`the kind \`${type.slice(0, 40)}\` is not known here`)
  const found: RopeFrequencies | undefined = rule({
    ...{ rope, dim, base, contextLength },
    mostPositions: numberIn(config.field('max_position_embeddings')),
    originalPositions: numberIn(config.field('original_max_position_embeddings')),
  })
  if (found === undefined) return leftOut(`config.json leaves numbers of the kind \`${type}\` out`)
  const { frequencies, factor = 1 } = found
  const scores = scoreFactor(family, type, rope)
  const { cos, sin } = rotaryTablesOf(frequencies, contextLength, factor)
  const shape = [contextLength, dim / 2]
  const name = layers === undefined ? 'rotary' : `rotary.${layers}`
  const size = (of: string): string => (layers === undefined ? of : `${layers}.${of}`)
  const scaled = factor === 1 ? '' : `, cos and sin times ${factor}`
  const forLength = type === 'dynamic' || type === 'longrope' ? ` for windows of ${contextLength} tokens` : ''
  return {
    sizes: {
      ...{ [size('dim')]: dim, [size('base')]: base },
      ...(factor !== 1 && { [size('factor')]: factor }),
      ...(scores !== 1 && { [size('scoreFactor')]: scores }),
    },
    tensors: [
      { name: `${name}.inv_freq`, dtype: 'F32', shape: [dim / 2], data: frequencies },
      { name: `${name}.cos`, dtype: 'F32', shape, data: cos },
      { name: `${name}.sin`, dtype: 'F32', shape, data: sin },
    ],
    words: `${layers === undefined ? '' : `layers of ${layers}: `}${family.columns === undefined ? `the first ${dim} columns` : `${dim} columns, ${family.columns}`}, ${type} frequencies${forLength}${scaled}${scores === 1 ? '' : `, scores times ${scores}`}`,
  }
}

/** Latent attention multiplies its scores where YaRN says so for all columns; one on the cosines would miss those without a position. */
function scoreFactor({ width }: RotaryFamily, type: string, rope: Rope): number {
  const [factor, all] = [numberIn(rope['factor']), numberIn(rope['mscale_all_dim'])]
  if (width === undefined || type === 'default' || !all || factor === undefined || factor <= 1) return 1
  return (0.1 * all * Math.log(factor) + 1) ** 2
}

/** `rope_parameters` of transformers 5, or what version 4 wrote in its place, by kind of layers where there are several. */
function ropesOf(config: ModelConfig, { layers }: RotaryFamily): (readonly [string | undefined, Rope])[] {
  const fields = objectIn(config.field('rope_parameters'))
  const nested = Object.entries(fields ?? {}).flatMap(([name, value]) => {
    const rope = objectIn(value)
    return rope === undefined ? [] : [[name, rope] as const]
  })
  if (nested.length > 0) return nested
  const rope = fields ?? objectIn(config.field('rope_scaling')) ?? {}
  if (layers === undefined || fields !== undefined) return [[undefined, rope]]
  // Version 4 named the bases apart.
  const local = numberIn(config.field(layers.localBase)) ?? defaultBase
  const full = numberIn(config.field(layers.globalBase ?? 'rope_theta')) ?? layers.fullBase
  return [
    ['sliding_attention', { rope_theta: local, ...(layers.scalesBoth && rope) }],
    ['full_attention', { rope_theta: full, ...rope }],
  ]
}

function typeOf(rope: Rope): string {
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
