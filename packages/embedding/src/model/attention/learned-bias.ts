import type { LocatedTensor } from '../../load/tensor-file.ts'
import type { AttentionPositions, LeftOut, PositionsOf } from './attention-positions.ts'
import { numberIn } from './config-values.ts'

/** More layers than any model has. */
const mostLayers = 1 << 10

/** The checkpoint's tables of learned biases by distance, as far as it has them. */
export function biasTensors({ recipe, config, tensors }: PositionsOf): readonly LocatedTensor[] {
  const { relativeBias } = recipe
  if (relativeBias === undefined) return []
  const { table, layers } = relativeBias
  const count = layers === undefined ? 1 : Math.min(mostLayers, numberIn(config.field(layers)) ?? 1)
  return Array.from({ length: count }, (_, layer) =>
    tensors.find(table.replace('{layer}', String(layer))),
  ).filter((tensor) => tensor !== undefined)
}

/** Biases that a model learned for buckets of distances: T5 and who has its rule. */
export function biasPositions(model: PositionsOf): AttentionPositions | LeftOut | undefined {
  const { recipe, config } = model
  if (recipe.relativeBias === undefined) return undefined
  const { modelType } = config
  const found = biasTensors(model)
  const [numBuckets = 0, numHeads = 0] = found[0]?.shape ?? []
  if (found.length === 0) {
    const name = recipe.relativeBias.table.replace('{layer}', '0')
    return { leftOut: `the learned bias of ${modelType}: the checkpoint has no ${name}` }
  }
  if (found.some(({ shape }) => shape.length !== 2 || shape[0] !== numBuckets || shape[1] !== numHeads))
    return { leftOut: `the learned bias of ${modelType}: its tables differ in shape` }
  const maxDistance = numberIn(config.field('relative_attention_max_distance')) ?? 128
  const where = found.length === 1 ? 'all layers use the table' : 'each layer has its own table'
  return {
    kind: 't5',
    sizes: { numBuckets, numHeads, maxDistance, bidirectional: true },
    tensors: [],
    stored: found.map(({ name }) => name),
    formula: `score of head h += bias[bucket(j - i)][h], bucket() as in T5, for both directions; ${where}, in the model's dtype`,
    source: `Raffel et al. 2020 (T5), as transformers 5 computes it for the encoder of ${modelType}`,
  }
}
