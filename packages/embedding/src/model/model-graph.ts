import { relative } from 'node:path'
import { storedFormats, type TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import type { LocatedTensor } from '../load/tensor-file.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { graphIrVersion, graphOpset } from '../onnx/graph-versions.ts'
import { encodeModel, OnnxType, type ValueInfo } from '../onnx/model.ts'
import type { ModelEmbedding } from './model-embedding.ts'

/** Which of the two vectors a graph ends in. */
export type EmbeddingStage = 'inputs-embeds' | 'first-block'

/** Options of {@link buildModelGraph}. */
export interface ModelGraphOptions {
  readonly stage: EmbeddingStage
  /** The folder that the graph will lie in: its external data are named relative to it. */
  readonly folder: string
  /** With the stage `first-block`, `inputs_embeds` is an output too. @default false */
  readonly givesInputsEmbeds?: boolean
}

/**
 * Builds the ONNX graph of a model's embedding: Gather, Mul, Cast, Add, LayerNormalization and MatMul over the checkpoint's
 * own tensors, which stay where they are as external data.
 *
 * Inputs: `input_ids` int32 `[batch, sequence]`; for each table of positions `rows_N` int32 `[rows, sequence]`, the rows to
 * add, with their offset (`rows` is 1 or the batch); `attention_mask` int32 `[batch, sequence]` where the model multiplies
 * by it. Output: `inputs_embeds` or `first_block`, `[batch, sequence, width]`: float16 where that is the compute dtype, else float32
 * (values of the compute dtype; ONNX Runtime's binding for Node cannot return bfloat16).
 *
 * @throws EmbeddingError `unsupported-dtype`, `tensor-not-found`
 */
export function buildModelGraph(
  model: ModelEmbedding,
  { stage, folder, givesInputsEmbeds = false }: ModelGraphOptions,
): Uint8Array {
  const { recipe, dtype, tensors, config } = model
  const graph = new GraphBuilder(dtype)
  const inputs: ValueInfo[] = [ids('input_ids', 'batch')]
  const outputs: ValueInfo[] = []
  const give = (name: string, value: string, size: number): void => {
    graph.node('Identity', [value], undefined, name)
    outputs.push({ name, type: graph.valueType, shape: ['batch', 'sequence', size] })
  }
  const stored = (tensor: LocatedTensor): string => graph.tensor(external(tensor, folder))
  const find = (name: string): LocatedTensor | undefined => tensors.find(name)
  const gather = (tensor: LocatedTensor, rows: string): string =>
    graph.load(graph.node('Gather', [stored(tensor), rows]), dtypeOf(tensor))
  const whole = (tensor: LocatedTensor): string => graph.wide(graph.load(stored(tensor), dtypeOf(tensor)))
  const project = (x: string, name: string | undefined): string => {
    const weight = name === undefined ? undefined : find(`${name}.weight`)
    if (weight === undefined) return x
    const product = graph.node('MatMul', [
      graph.wide(x),
      graph.node('Transpose', [whole(weight)], { perm: { integers: [1, 0] } }),
    ])
    const bias = find(`${name}.bias`)
    return graph.round(bias === undefined ? product : graph.node('Add', [product, whole(bias)]))
  }

  let x = gather(tensors.token, 'input_ids')
  let width = model.embeddingDim
  const { scale } = model
  const multiply = (where: 'inputs_embeds' | 'model'): void => {
    if (scale?.in === where) x = graph.round(graph.node('Mul', [graph.wide(x), graph.float(scale.factor)]))
  }
  multiply('inputs_embeds')
  if (stage === 'inputs-embeds' || givesInputsEmbeds) give('inputs_embeds', x, width)
  if (stage === 'first-block') {
    multiply('model')
    x = project(x, recipe.projectIn)
    for (const [n, addition] of model.additions.entries()) {
      const table = find(addition.table)
      if (table === undefined) throw missing(model.modelType, addition.table)
      const rows = addition.rows === 'zero' ? graph.node('Constant', [], { value_int: 0 }) : `rows_${n}`
      if (addition.rows !== 'zero') inputs.push(ids(rows, 'rows'))
      x = graph.sum(x, gather(table, rows))
    }
    x = project(x, recipe.projectMid)
    const { norm } = recipe
    if (norm !== undefined) {
      const weight = find(`${norm.name}.weight`) ?? find(`${norm.name}.gamma`)
      if (weight === undefined) throw missing(model.modelType, `${norm.name}.weight`)
      const bias = find(`${norm.name}.bias`) ?? find(`${norm.name}.beta`)
      const epsilon = typeof norm.epsilon === 'number' ? norm.epsilon : config.number(norm.epsilon)
      const values = [graph.wide(x), whole(weight), ...(bias ? [whole(bias)] : [])]
      x = graph.round(graph.node('LayerNormalization', values, { axis: -1, epsilon: { float: epsilon } }))
    }
    if (recipe.masked === true) {
      inputs.push(ids('attention_mask', 'batch'))
      const mask = graph.node('Cast', ['attention_mask'], { to: graph.valueType })
      const axes = graph.node('Constant', [], { value_ints: { integers: [-1] } })
      x = graph.node('Mul', [x, graph.node('Unsqueeze', [mask, axes])])
    }
    x = project(x, recipe.projectOut)
    width =
      find(`${recipe.projectOut}.weight`)?.shape[0] ?? find(`${recipe.projectIn}.weight`)?.shape[0] ?? width
    width = find(`${recipe.projectMid}.weight`)?.shape[0] ?? width
    give('first_block', x, width)
  }
  return encodeModel({
    ...{ irVersion: graphIrVersion, opset: graphOpset, producer: 'sluice' },
    graphName: stage === 'inputs-embeds' ? 'inputs_embeds' : 'first_block',
    nodes: graph.nodes,
    tensors: Array.from(graph.tensors.values()),
    inputs,
    outputs,
  })
}

function ids(name: string, rows: string): ValueInfo {
  return { name, type: OnnxType.int32, shape: [rows, 'sequence'] }
}

function external(
  { name, path, dtype, shape, offset, byteLength }: LocatedTensor,
  folder: string,
): Parameters<GraphBuilder['tensor']>[0] {
  const type = storedFormats[dtypeOf({ name, path, dtype })].onnx
  return { name, type, shape, location: relative(folder, path), offset, length: byteLength }
}

function dtypeOf({ name, path, dtype }: Pick<LocatedTensor, 'name' | 'path' | 'dtype'>): TableDtype {
  const found = Object.entries(storedFormats).find(([, format]) => format.safetensors === dtype)?.[0]
  if (found === 'f32' || found === 'f16' || found === 'bf16') return found
  throw new EmbeddingError(
    'unsupported-dtype',
    `${path}: expected ${name} to be F32, F16 or BF16 for a graph, got ${dtype}`,
  )
}

function missing(modelType: string, name: string): EmbeddingError {
  return new EmbeddingError(
    'tensor-not-found',
    `A ${modelType} model adds ${name}, which this checkpoint does not have`,
  )
}
