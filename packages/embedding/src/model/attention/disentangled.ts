import type { LocatedTensor } from '../../load/tensor-file.ts'
import { disentangledRow } from '../../positions/disentangled.ts'
import type { DisentangledKeys } from '../recipe.ts'
import type { AttentionPositions, LeftOut, PositionsOf } from './attention-positions.ts'
import { numberIn } from './config-values.ts'
import { disentangledConfig, type DisentangledConfig } from './disentangled-config.ts'

/** Distances that config.json may ask for: more than any model has. */
const mostDistance = 1 << 20

/** The checkpoint's table of distances with what norms it, as far as it has them; none where the model looks none up. */
export function disentangledTensors({ recipe, config, tensors }: PositionsOf): readonly LocatedTensor[] {
  const keys = recipe.disentangled
  const asked = keys && disentangledConfig(config, keys)
  if (keys === undefined || asked === undefined) return []
  const parts = asked.isNormed ? ['weight', 'gamma', 'bias', 'beta'] : []
  return [keys.table, ...parts.map((part) => `${keys.norm}.${part}`)]
    .map((name) => tensors.find(name))
    .filter((tensor) => tensor !== undefined)
}

/**
 * Keys and queries by distance: DeBERTa projects the rows of one table in every layer, and adds their products with queries and keys.
 *
 * @param contextLength tokens of the longest window
 */
export function disentangledPositions(
  model: PositionsOf,
  contextLength: number,
): AttentionPositions | LeftOut | undefined {
  const { config, recipe } = model
  const keys = recipe.disentangled
  const asked = keys && disentangledConfig(config, keys)
  if (keys === undefined || asked === undefined) return undefined
  const headDim = headDimOf(model, keys)
  const missing = missingOf(model, keys, asked) ?? (headDim === undefined ? 'heads of no width' : undefined)
  if (missing !== undefined || headDim === undefined)
    return { leftOut: `disentangled attention of ${config.modelType}: ${missing}` }
  const { buckets, isNormed, isShared, epsilon, ...sizes } = asked
  const rowOf = disentangledRow({ maxDistance: asked.maxDistance, ...(buckets !== undefined && { buckets }) })
  const rows = Float32Array.from({ length: 2 * contextLength - 1 }, (_, at) => rowOf(at - contextLength + 1))
  return {
    kind: 'disentangled',
    sizes: {
      ...{ contextLength, headDim, ...sizes, shared: isShared },
      ...(buckets !== undefined && { buckets }),
      ...(isNormed && { epsilon }),
    },
    tensors: [{ name: 'disentangled.rows', dtype: 'F32', shape: [rows.length], data: rows }],
    stored: disentangledTensors(model).map(({ name }) => name),
    formula: formulaOf(keys, asked),
    source: `He et al. 2021 (DeBERTa), as transformers 5 computes it for ${config.modelType}`,
  }
}

/** What of its tables a checkpoint lacks. */
function missingOf(
  { tensors }: PositionsOf,
  { table: name, norm }: DisentangledKeys,
  { maxDistance, buckets, isNormed }: DisentangledConfig,
): string | undefined {
  const table = tensors.find(name)
  if (table === undefined) return `the checkpoint has no ${name}`
  const parts = [
    ['weight', 'gamma'],
    ['bias', 'beta'],
  ].map((names) => names.some((part) => tensors.find(`${norm}.${part}`)))
  if (isNormed && parts.includes(false)) return `the checkpoint has no ${norm}`
  if (!Number.isSafeInteger(maxDistance) || maxDistance > mostDistance) return `distances of ${maxDistance}`
  if (
    buckets !== undefined &&
    (!Number.isSafeInteger(buckets) || buckets < 2 || maxDistance - 1 <= buckets / 2)
  )
    return `${buckets} buckets for distances of ${maxDistance}`
  const rows = 2 * (buckets ?? maxDistance)
  return table.shape[0] === rows
    ? undefined
    : `${name} has ${table.shape[0]} rows, config.json asks for ${rows}`
}

function headDimOf({ config, tensors }: PositionsOf, { table }: DisentangledKeys): number | undefined {
  const heads = numberIn(config.field('num_attention_heads')) ?? 0
  const dim = (tensors.find(table)?.shape[1] ?? 0) / heads
  return Number.isSafeInteger(dim) && dim > 0 ? dim : undefined
}

function formulaOf(keys: DisentangledKeys, asked: DisentangledConfig): string {
  const { contentToPosition, positionToContent, terms, buckets, isNormed, epsilon, isShared } = asked
  const { key, query } = (isShared ? keys.shared : undefined) ?? keys
  const row =
    buckets === undefined
      ? 'clip(i - j, -maxDistance, maxDistance - 1) + maxDistance'
      : 'clip(bucket(i - j) + buckets, 0, 2 buckets - 1), bucket() as make_log_bucket_position of transformers'
  return [
    `score of a head = (q[i] . k[j]${contentToPosition ? ' + q[i] . K[row]' : ''}${positionToContent ? ' + k[j] . Q[row]' : ''}) / sqrt(${terms} headDim)`,
    `row = disentangled.rows[i - j + contextLength - 1] within a window, which holds ${row}`,
    `R = ${keys.table}${isNormed ? `, layer-normed by ${keys.norm} with epsilon ${epsilon}` : ''}`,
    ...(contentToPosition ? [`K = columns of R through ${key} of each layer, those of the head`] : []),
    ...(positionToContent ? [`Q = columns of R through ${query} of each layer, those of the head`] : []),
    "all in the model's dtype",
  ].join('; ')
}
