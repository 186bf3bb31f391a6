import { basename } from 'node:path'
import {
  attentionPositions,
  describeModel,
  hashTensor,
  openModel,
  usedTensors,
  type EmbeddingStage,
  type ModelEmbedding,
  type OpenModelOptions,
} from '@sluice/embedding'
import { isSluiceError } from '@sluice/errors'
import { reportMarks, type ModelMarks } from '../tokenizer/document-marks.ts'
import { loadTokenizer } from '../tokenizer/run-tokenizer.ts'
import { specialsFrom } from '../tokenizer/within-rows.ts'

/** What a run with a model folder would compute, without computing it. */
export interface ModelReport {
  readonly modelType: string
  readonly configSha256: string
  /** What every step is rounded to. */
  readonly dtype: 'f32' | 'f16' | 'bf16'
  readonly semantics: 4 | 5
  /** The steps of both vectors, one line each. */
  readonly formula: readonly string[]
  readonly embeddingDim: number
  /** Width of `first_block`. */
  readonly firstBlockDim: number
  /** Positions that the model uses inside attention, whose tables a run writes; null where it has none, or others than are known. */
  readonly positions: { readonly kind: string; readonly formula: string } | null
  /** Positions inside attention that a run has no tables of, and why; null where there are none such. */
  readonly leftOut: string | null
  /** Whether `first_block` is the model's bit for bit; `inputs_embeds` always is. */
  readonly firstBlockIsExact: boolean
  /** Tokens of the longest window that the model has positions for; null where it adds none. */
  readonly longestWindow: number | null
  readonly tensors: readonly {
    readonly name: string
    readonly dtype: string
    readonly shape: readonly number[]
    readonly byteLength: number
    readonly file: string
    /** Only `first_block` needs it. */
    readonly stage: EmbeddingStage
  }[]
  /** The tokenizer of the folder; why there is none, where there is none. */
  readonly tokenizer:
    | {
        readonly name: string
        readonly vocabSize: number
        /** Special tokens that have no row in the table. */
        readonly specialsBeyond: number
        readonly marks: ModelMarks
        /** Patterns that a general engine runs, which is slower. */
        readonly generalPatterns: readonly string[]
      }
    | { readonly missing: string }
  /** What a caller must not do with the vectors. */
  readonly cautions: readonly string[]
}

/**
 * Says what a run would compute from a model folder. Only headers, norms and positions are read.
 *
 * @throws EmbeddingError for a folder whose embeddings would be refused
 */
export async function reportModel(directory: string, options: OpenModelOptions = {}): Promise<ModelReport> {
  const model = await openModel(directory, options)
  try {
    const block = await model.loadFirstBlock()
    const own = new Set(usedTensors(model, 'inputs-embeds').map(({ name }) => name))
    const tokenizer = await tokenizerOf(directory, model.rows.numEmbeddings)
    const attention = options.tokenTensor === undefined ? attentionPositions(model, 1) : undefined
    return {
      modelType: model.modelType,
      configSha256: model.config.sha256,
      ...{ dtype: model.dtype, semantics: model.semantics },
      formula: describeModel(model, 'first-block'),
      positions:
        attention === undefined || 'leftOut' in attention
          ? null
          : { kind: attention.kind, formula: attention.formula },
      leftOut: attention !== undefined && 'leftOut' in attention ? attention.leftOut : null,
      ...{ embeddingDim: model.embeddingDim, firstBlockDim: block.width, firstBlockIsExact: block.isExact },
      longestWindow: block.maxLength === Number.MAX_SAFE_INTEGER ? null : block.maxLength,
      tensors: usedTensors(model, 'first-block').map(({ name, dtype, shape, byteLength, path }) => ({
        ...{ name, dtype, shape, byteLength, file: basename(path) },
        stage: own.has(name) ? 'inputs-embeds' : 'first-block',
      })),
      tokenizer,
      cautions: [...cautionsOf(model, tokenizer), ...(await differingTables(model))],
    }
  } finally {
    model.close()
  }
}

async function tokenizerOf(directory: string, rows: number): Promise<ModelReport['tokenizer']> {
  try {
    const { encoding, description, folder } = await loadTokenizer({
      ...{ encoding: null, tokenizer: null, model: directory },
    })
    const marks = await reportMarks(encoding, { model: directory, folder, kind: description.kind })
    const { vocabSize, generalPatterns } = encoding
    return {
      name: description.name,
      vocabSize,
      specialsBeyond: specialsFrom(rows, encoding),
      marks,
      generalPatterns,
    }
  } catch (error) {
    if (isSluiceError(error)) return { missing: error.message }
    throw error
  }
}

/** Of several token tables in a checkpoint, transformers 4 takes another than version 5 where they differ. */
async function differingTables({ tensors: { token, others } }: ModelEmbedding): Promise<string[]> {
  if (others.length === 0) return []
  const own = await hashTensor(token)
  const cautions: string[] = []
  for (const other of others) {
    if (other.dtype === token.dtype && (await hashTensor(other)) === own) continue
    cautions.push(
      `${token.name} and ${other.name} differ: the encoder of transformers 5 takes the first, as is done here, that of version 4 the other.`,
    )
  }
  return cautions
}

function cautionsOf(model: ModelEmbedding, tokenizer: ModelReport['tokenizer']): string[] {
  const { recipe, scale, additions, rows, tensors, config } = model
  const cautions: string[] = []
  const added = [
    ...(scale?.in === 'model' ? ['its scale'] : []),
    ...(additions.some(({ rows: rule }) => rule !== 'zero') ? ['its positions'] : []),
    ...(additions.some(({ rows: rule }) => rule === 'zero') ? ['its types'] : []),
    ...(recipe.norm === undefined ? [] : ['its norm']),
  ]
  if (added.length > 0) {
    cautions.push(
      `Pass inputs_embeds to the model, never first_block: the model would add ${added.join(', ')} twice.`,
    )
  }
  if (additions.some(({ rows: rule }) => rule === 'not-padding')) {
    cautions.push(
      'Given inputs_embeds, this model cannot see padding ids: with padding left of the text, pass position_ids too.',
    )
  }
  if (recipe.scale?.inBefore5 !== undefined) {
    cautions.push(
      'transformers 5 expects inputs_embeds of this model scaled, transformers 4 unscaled: `semantics` says which.',
    )
  }
  if (config.quantization !== undefined) {
    cautions.push(
      `The checkpoint is quantized (${config.quantization}) but for its token table, whose rows are taken as they are stored.`,
    )
  }
  if (tensors.isHead) {
    cautions.push(
      `The checkpoint stores the token table as ${tensors.token.name} alone: AutoModel of transformers would leave random rows.`,
    )
  }
  if ('vocabSize' in tokenizer && tokenizer.vocabSize > rows.numEmbeddings) {
    const { vocabSize, specialsBeyond } = tokenizer
    const outcome =
      specialsBeyond < vocabSize - rows.numEmbeddings
        ? 'a run is refused, resize the model first'
        : 'the special tokens beyond are taken as text, and a run that lets all special tokens stand for themselves is refused'
    cautions.push(`The tokenizer has ${vocabSize} ids and the table ${rows.numEmbeddings} rows: ${outcome}.`)
  }
  return 'marks' in tokenizer ? [...cautions, ...tokenizer.marks.cautions] : cautions
}
