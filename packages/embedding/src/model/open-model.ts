import { join } from 'node:path'
import type { TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import { ModelEmbedding } from './model-embedding.ts'
import { readModelConfig, type ModelConfig } from './model-config.ts'
import { findModelTensors, listModelTensors, type ModelTensors } from './model-tensors.ts'
import { recipeOf, recipeOfTensor } from './recipe-of.ts'
import { isStoredDtype, type StoredDtype } from '../tensor-entry.ts'
import type { EmbeddingRecipe } from './recipe.ts'
import type { SharedRows } from './table-rows.ts'

/** Options of {@link openModel}. */
export interface OpenModelOptions {
  /** The dtype to compute in. @default the one in config.json, else that of the token table (float32 with `semantics` 4) */
  readonly computeDtype?: TableDtype
  /**
   * The major version of transformers whose `inputs_embeds` are wanted: Gemma 1 and 2 scale them since version 5, and
   * version 4 computed in float32 unless told otherwise.
   * @default 5
   */
  readonly semantics?: 4 | 5
  /** Takes the rows of this tensor as they are, whatever the model type. */
  readonly tokenTensor?: string
  /** Memory of the same table that another thread has: all share one copy. @default new memory */
  readonly shared?: SharedRows
}

/**
 * Opens a Hugging Face model folder (config.json and safetensors, sharded or not) to compute its input embeddings. Only
 * headers are read.
 *
 * @throws EmbeddingError `unsupported-model`, `invalid-file`, `tensor-not-found`, `shape-mismatch`, `unsupported-dtype`
 */
export async function openModel(directory: string, options: OpenModelOptions = {}): Promise<ModelEmbedding> {
  const { semantics = 5, tokenTensor } = options
  const config = await readModelConfig(directory)
  const recipe = tokenTensor === undefined ? recipeOf(config.modelType) : recipeOfTensor(tokenTensor)
  const tensors = findModelTensors(await listModelTensors(directory), recipe, {
    modelType: config.modelType,
    tied: config.tied ?? recipe.tied,
    isPart: config.isPart && tokenTensor === undefined,
    path: directory,
    quantization: config.quantization,
  })
  const stored = storedDtypeOf(tensors, config)
  checkRows(config, recipe, tensors, directory)
  if (tokenTensor === undefined) checkWidth(config, tensors, directory)
  const dtype = options.computeDtype ?? (semantics === 4 ? 'f32' : (config.dtype ?? computedAs[stored]))
  return new ModelEmbedding({
    ...{ config, recipe: forSemantics(recipe, semantics), tensors, dtype, semantics },
    ...(options.shared && { shared: options.shared }),
  })
}

function forSemantics(recipe: EmbeddingRecipe, semantics: 4 | 5): EmbeddingRecipe {
  const { scale } = recipe
  if (semantics === 5 || scale?.inBefore5 === undefined) return recipe
  return { ...recipe, scale: { ...scale, in: scale.inBefore5 } }
}

function checkRows(
  { vocabSize, modelType }: ModelConfig,
  { extraRows = 0 }: EmbeddingRecipe,
  { token }: ModelTensors,
  directory: string,
): void {
  if (vocabSize === undefined || token.shape[0] === vocabSize + extraRows) return
  const said = `\`vocab_size\`${extraRows === 0 ? '' : ` + ${extraRows}`}`
  throw new EmbeddingError(
    'shape-mismatch',
    `${join(directory, 'config.json')}: expected the ${vocabSize + extraRows} rows that ${said} of this ${modelType} says in ${token.name}, got [${token.shape.join(', ')}]; config.json and the weights are of different models`,
  )
}

/** Where config.json says how wide token vectors are, as the families call it: one that projects them has two of these. */
const widthFields = [
  'hidden_size',
  'embedding_size',
  'word_embed_proj_dim',
  'n_embd',
  'd_model',
  'dim',
] as const

function checkWidth(config: ModelConfig, { token }: ModelTensors, directory: string): void {
  const said = widthFields.flatMap((name) => {
    const value = config.field(name)
    return typeof value === 'number' ? [{ name, value }] : []
  })
  // What is no table of rows at all is refused where its rows are opened.
  if (said.length === 0 || token.shape.length !== 2 || said.some(({ value }) => value === token.shape[1]))
    return
  const wanted = said.map(({ name, value }) => `${value} (\`${name}\`)`).join(' or ')
  throw new EmbeddingError(
    'shape-mismatch',
    `${join(directory, 'config.json')}: expected the rows of ${token.name} to have ${wanted} columns, got [${token.shape.join(', ')}]; config.json and the weights are of different models`,
  )
}

/** What a table is computed in where nothing else says. */
const computedAs: Readonly<Record<StoredDtype, TableDtype>> = {
  F64: 'f32',
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
}

/** Values of a quantized table mean nothing without its scales. */
function storedDtypeOf({ token }: ModelTensors, { quantization }: ModelConfig): StoredDtype {
  if (isStoredDtype(token.dtype)) return token.dtype
  const how = quantization === undefined ? '' : ` (${quantization})`
  throw new EmbeddingError(
    'unsupported-dtype',
    `${token.path}: expected ${token.name} to be F64, F32, F16 or BF16, got ${token.dtype}; quantized tables${how} are not read`,
  )
}
