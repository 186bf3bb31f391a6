import type { ModelConfig } from '../model-config.ts'
import type { DisentangledKeys } from '../recipe.ts'
import { numberIn } from './config-values.ts'

/** What config.json says of DeBERTa's positions inside attention. */
export interface DisentangledConfig {
  /** Products of queries with keys by distance are added to the scores. */
  readonly contentToPosition: boolean
  /** Products of keys with queries by distance are added. */
  readonly positionToContent: boolean
  /** Scores are divided by the square root of this many times the width of a head. */
  readonly terms: number
  readonly maxDistance: number
  /** Undefined where each distance has its row. */
  readonly buckets: number | undefined
  /** The table is layer-normed before it is projected. */
  readonly isNormed: boolean
  readonly epsilon: number
  /** The layers' own projections are used for the table too. */
  readonly isShared: boolean
}

/** Reads it as transformers does, defaults included; undefined where the model adds no such products. */
export function disentangledConfig(
  config: ModelConfig,
  keys: DisentangledKeys,
): DisentangledConfig | undefined {
  if (!config.isTrue('relative_attention')) return undefined
  const kinds = listOf(config.field('pos_att_type'))
  const [contentToPosition, positionToContent] = [kinds.includes('c2p'), kinds.includes('p2c')]
  if (!contentToPosition && !positionToContent) return undefined
  const added = Number(contentToPosition) + Number(positionToContent)
  const distance = numberIn(config.field('max_relative_positions')) ?? -1
  const buckets = keys.buckets === undefined ? undefined : numberIn(config.field(keys.buckets))
  return {
    ...{ contentToPosition, positionToContent, terms: 1 + (keys.countsAll ? kinds.length : added) },
    maxDistance: distance < 1 ? (numberIn(config.field('max_position_embeddings')) ?? 512) : distance,
    buckets: buckets !== undefined && buckets > 0 ? buckets : undefined,
    isNormed: keys.norm !== undefined && listOf(config.field('norm_rel_ebd')).includes('layer_norm'),
    epsilon: numberIn(config.field('layer_norm_eps')) ?? 1e-7,
    isShared: keys.shared !== undefined && config.isTrue('share_att_key'),
  }
}

/** A list, or words with bars between them, as older configurations have it. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (typeof value !== 'string') return []
  return value
    .toLowerCase()
    .split('|')
    .map((word) => word.trim())
}
