import type { EmbeddingTable } from '../table.ts'
import type { RowRule } from './recipe.ts'
import type { LayerNormWeights } from './steps/layer-norm.ts'
import type { LinearWeights } from './steps/linear.ts'

/** The steps between `inputs_embeds` and the first block, with their weights rounded to the compute dtype. */
export interface FirstBlockSteps {
  readonly scale: number | undefined
  readonly projectIn: LinearWeights | undefined
  readonly add: readonly {
    readonly name: string
    readonly table: EmbeddingTable
    readonly rows: RowRule
    readonly offset: number
  }[]
  readonly projectMid: LinearWeights | undefined
  readonly norm: (LayerNormWeights & { readonly roundsSteps: boolean }) | undefined
  readonly masked: boolean
  readonly projectOut: LinearWeights | undefined
}
