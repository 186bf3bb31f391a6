import type { LocatedTensor } from '../load/tensor-file.ts'
import type { EmbeddingStage } from './model-graph.ts'
import { disentangledTensors } from './attention/disentangled.ts'
import { biasTensors } from './attention/learned-bias.ts'
import type { ModelEmbedding } from './model-embedding.ts'

/**
 * The tensors that a model's vectors are made of, each once: the token table first, then in the order of the steps; and those of learned
 * positions inside attention, which go with them.
 */
export function usedTensors(model: ModelEmbedding, stage: EmbeddingStage): readonly LocatedTensor[] {
  const { recipe, tensors, additions } = model
  const used = new Map([[tensors.token.name, tensors.token]])
  if (stage === 'first-block') {
    const { projectIn, projectMid, projectOut, norm } = recipe
    const linear = (name: string | undefined): string[] =>
      name === undefined ? [] : [`${name}.weight`, `${name}.bias`]
    const names = [
      ...linear(projectIn),
      ...additions.map(({ table }) => table),
      ...linear(projectMid),
      ...(norm === undefined
        ? []
        : ['weight', 'gamma', 'bias', 'beta'].map((part) => `${norm.name}.${part}`)),
      ...linear(projectOut),
    ]
    for (const name of names) {
      const tensor = tensors.find(name)
      if (tensor !== undefined) used.set(tensor.name, tensor)
    }
  }
  for (const tensor of [...biasTensors(model), ...disentangledTensors(model)]) used.set(tensor.name, tensor)
  return Array.from(used.values())
}
