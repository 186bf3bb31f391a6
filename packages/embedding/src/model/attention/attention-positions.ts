import type { TensorToWrite } from '../../safetensors/write.ts'
import type { ModelConfig } from '../model-config.ts'
import type { ModelTensors } from '../model-tensors.ts'
import type { EmbeddingRecipe } from '../recipe.ts'

/** What of a model says which positions it uses inside attention. */
export interface PositionsOf {
  readonly config: ModelConfig
  readonly recipe: EmbeddingRecipe
  readonly tensors: ModelTensors
}

/** Positions that a model uses inside attention, as tables with their definition. */
export interface AttentionPositions {
  readonly kind: 'rotary' | 'alibi' | 't5' | 'disentangled'
  readonly sizes: Readonly<Record<string, number | boolean>>
  /** Tables that are computed from config.json; beside `stored` ones, what says which of their rows is which distance's. */
  readonly tensors: readonly TensorToWrite[]
  /** Names of the checkpoint's own tables. */
  readonly stored: readonly string[]
  readonly formula: string
  readonly source: string
}

/** Positions that a model has and that are not made here. */
export interface LeftOut {
  /** Which, and why. */
  readonly leftOut: string
}
