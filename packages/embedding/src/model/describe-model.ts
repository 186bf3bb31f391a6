import type { ModelEmbedding } from './model-embedding.ts'
import type { EmbeddingStage } from './model-graph.ts'
import type { Addition } from './recipe.ts'

/** Which row of a table is added, in words. */
const rowsInWords: Readonly<Record<Addition['rows'], string>> = {
  zero: '0',
  position: 'p',
  mask: 'p counted by the mask',
  'not-padding': 'p counted from the padding id on, by ids that are not padding',
}

/** The steps of a model's vectors, one line each, for people: what is computed from what, in order. */
export function describeModel(model: ModelEmbedding, stage: EmbeddingStage): readonly string[] {
  const { recipe, tensors, rows, dtype, scale } = model
  const cast = rows.dtype === dtype ? '' : ` as ${dtype}`
  const factor = (where: 'inputs_embeds' | 'model'): string =>
    scale?.in === where ? ` · ${scale.factor}` : ''
  const lines = [`inputs_embeds = ${tensors.token.name}[id]${cast}${factor('inputs_embeds')}`]
  if (stage === 'inputs-embeds') return lines
  const steps: string[] = [`inputs_embeds${factor('model')}`]
  const nameOf = (name: string): string => tensors.find(name)?.name ?? name
  const project = (name: string | undefined): void => {
    if (name === undefined || tensors.find(`${name}.weight`) === undefined) return
    const bias = tensors.find(`${name}.bias`) === undefined ? '' : ` + ${nameOf(`${name}.bias`)}`
    steps.push(`× ${nameOf(`${name}.weight`)}ᵀ${bias}`)
  }
  project(recipe.projectIn)
  for (const { table, rows: rule, offset = 0 } of model.additions) {
    steps.push(`+ ${nameOf(table)}[${rowsInWords[rule]}${offset === 0 ? '' : ` + ${offset}`}]`)
  }
  project(recipe.projectMid)
  if (recipe.norm !== undefined) steps.push(`LayerNorm by ${nameOf(`${recipe.norm.name}.weight`)}`)
  if (recipe.masked === true) steps.push('× attention mask')
  project(recipe.projectOut)
  return [...lines, `first_block = ${steps.join(', ')}`]
}
