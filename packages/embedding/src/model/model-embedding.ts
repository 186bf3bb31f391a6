import type { TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import { tableFromWeight } from '../table.ts'
import { readTensor } from './read-tensor.ts'
import type { ModelConfig } from './model-config.ts'
import type { ModelTensors } from './model-tensors.ts'
import type { Addition, EmbeddingRecipe, Scale } from './recipe.ts'
import { FirstBlock } from './first-block.ts'
import type { FirstBlockSteps } from './first-block-steps.ts'
import { scaleFactor } from './steps/scale-factor.ts'
import { roundStep } from './steps/round.ts'
import { TableRows, type SharedRows } from './table-rows.ts'

/** What {@link ModelEmbedding} is made of. */
export interface ModelParts {
  readonly config: ModelConfig
  readonly recipe: EmbeddingRecipe
  readonly tensors: ModelTensors
  readonly dtype: TableDtype
  readonly semantics: 4 | 5
  readonly shared?: SharedRows
}

/** The input embeddings of a model: its token table with what the model makes of it. */
export class ModelEmbedding {
  readonly modelType: string
  /** The dtype that is computed in; values are given as float32, which holds it exactly. */
  readonly dtype: TableDtype
  readonly semantics: 4 | 5
  readonly config: ModelConfig
  readonly recipe: EmbeddingRecipe
  readonly tensors: ModelTensors
  readonly rows: TableRows
  /** The factor on the token vectors, a float32 value, and who multiplies: undefined where there is none. */
  readonly scale: { readonly factor: number; readonly in: Scale['in'] } | undefined

  constructor({ config, recipe, tensors, dtype, semantics, shared }: ModelParts) {
    this.modelType = config.modelType
    this.dtype = dtype
    this.semantics = semantics
    this.config = config
    this.recipe = recipe
    this.tensors = tensors
    this.rows = new TableRows(tensors.token, shared)
    const { scale } = recipe
    const isOn = scale !== undefined && (scale.when === undefined || config.isTrue(scale.when))
    this.scale = isOn
      ? { factor: scaleFactor(scale, { config, dtype, dim: this.rows.embeddingDim }), in: scale.in }
      : undefined
  }

  /** Width of `inputs_embeds`. */
  get embeddingDim(): number {
    return this.rows.embeddingDim
  }

  /** `inputs_embeds` are the stored rows as they are, so they can be copied without computing. */
  get isPlain(): boolean {
    return this.dtype === this.rows.dtype && this.scale?.in !== 'inputs_embeds'
  }

  /** `inputs_embeds` are the stored rows, widened to float32 at most, which changes no value. */
  get takesRows(): boolean {
    return this.isPlain || (this.dtype === 'f32' && this.scale?.in !== 'inputs_embeds')
  }

  /** The tables that the model adds, in order: those that its configuration leaves out are not among them. */
  get additions(): readonly Addition[] {
    return (this.recipe.add ?? []).filter((addition) => !this.#isLeftOut(addition))
  }

  /**
   * Computes `inputs_embeds`, what a caller may pass to the model in place of ids, bit for bit.
   *
   * @param ids - token ids, each a row of the token table
   * @returns `[ids.length, embeddingDim]`: values of the compute dtype
   * @throws EmbeddingError `id-out-of-range`, `overflow`
   */
  inputsEmbeds(ids: Int32Array): Float32Array<ArrayBuffer> {
    const values = new Float32Array(ids.length * this.embeddingDim)
    this.inputsEmbedsInto(ids, values)
    return values
  }

  /**
   * {@link inputsEmbeds} into memory of the caller's, which is used again from batch to batch.
   *
   * @param target - `ids.length · embeddingDim` values, overwritten
   * @throws EmbeddingError `id-out-of-range`, `overflow`
   */
  inputsEmbedsInto(ids: Int32Array, target: Float32Array): void {
    this.rows.gather(ids, target)
    if (this.rows.dtype !== this.dtype) roundStep(target, this.dtype, this.tensors.token.name)
    if (this.scale?.in === 'inputs_embeds') this.#multiply(target, this.scale.factor)
  }

  /**
   * Reads the tables, norms and projections that the model adds, and returns what computes `first_block` from them.
   *
   * @throws EmbeddingError `tensor-not-found`, `shape-mismatch`, `unsupported-dtype`
   */
  async loadFirstBlock(): Promise<FirstBlock> {
    const { recipe, config, dtype } = this
    const asked = config.field('position_embedding_type')
    if (this.semantics === 4 && typeof asked === 'string' && asked.startsWith('relative_key')) {
      throw new EmbeddingError(
        'unsupported-model',
        `The first block of a ${this.modelType} with ${asked.slice(0, 40)} positions is not computed as transformers 4 does, which adds none there; version 5 adds the learned ones`,
        { hint: { option: 'semantics', value: '5', effect: 'computes that' } },
      )
    }
    const read = async (name: string, required: boolean): Promise<Float32Array | undefined> => {
      const tensor = this.tensors.find(name)
      if (tensor === undefined) {
        if (!required) return undefined
        throw new EmbeddingError(
          'tensor-not-found',
          `A ${this.modelType} model adds ${name}, which this checkpoint does not have; it is of another model or cut`,
        )
      }
      const values = await readTensor(tensor)
      roundStep(values, dtype, name)
      return values
    }
    const linear = async (name: string | undefined): Promise<FirstBlockSteps['projectIn']> => {
      if (name === undefined) return undefined
      const weight = await read(`${name}.weight`, false)
      const shape = this.tensors.find(`${name}.weight`)?.shape
      if (weight === undefined || shape === undefined) return undefined
      const [outputs = 0, inputs = 0] = shape
      return { weight, bias: await read(`${name}.bias`, false), inputs, outputs }
    }
    const additions: FirstBlockSteps['add'][number][] = []
    for (const addition of this.additions) {
      const weight = await read(addition.table, true)
      const embeddingDim = this.tensors.find(addition.table)?.shape[1] ?? 0
      additions.push({
        ...{ name: addition.table, rows: addition.rows, offset: addition.offset ?? 0 },
        table: tableFromWeight({ embeddingDim, weight: weight! }),
      })
    }
    const { norm } = recipe
    const steps: FirstBlockSteps = {
      scale: this.scale?.in === 'model' ? this.scale.factor : undefined,
      projectIn: await linear(recipe.projectIn),
      add: additions,
      projectMid: await linear(recipe.projectMid),
      norm: norm && {
        weight: (await read(`${norm.name}.weight`, false)) ?? (await read(`${norm.name}.gamma`, true))!,
        bias: (await read(`${norm.name}.bias`, false)) ?? (await read(`${norm.name}.beta`, false)),
        epsilon: typeof norm.epsilon === 'number' ? norm.epsilon : config.number(norm.epsilon),
        roundsSteps: norm.roundsSteps ?? false,
      },
      masked: recipe.masked ?? false,
      projectOut: await linear(recipe.projectOut),
    }
    return new FirstBlock({
      ...{ steps, dtype, embeddingDim: this.embeddingDim },
      padTokenId: config.padTokenId ?? defaultPadTokenId,
    })
  }

  /** Closes the checkpoint. */
  close(): void {
    this.rows.close()
  }

  #multiply(values: Float32Array, factor: number): void {
    for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor
    roundStep(values, this.dtype, 'the scaled embedding')
  }

  /** DeBERTa has positions only with `position_biased_input`, and types only where there are some. */
  #isLeftOut({ optional, table, rows }: Addition): boolean {
    if (optional !== true) return false
    if (rows !== 'zero' && this.config.isFalse('position_biased_input')) return true
    return this.tensors.find(table) === undefined
  }
}

/** `pad_token_id` of RoBERTa's configuration class, where config.json leaves it out. */
const defaultPadTokenId = 1
