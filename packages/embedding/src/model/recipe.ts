/**
 * How a family of models turns ids into vectors, as data. Two vectors are told apart:
 *
 * - `inputs_embeds`: what a caller may pass to the model in place of ids.
 * - `first_block`: what the model's first block receives, after the model has added its own steps.
 *
 * The steps run in the order of these fields, and each result is rounded to the compute dtype before the next step.
 * Measured on transformers 5.18.0 and 4.57.6 with torch 2.13.0.
 */
export interface EmbeddingRecipe {
  /** Prefixes of all tensor names, tried in this order: a checkpoint of the base model alone has none. */
  readonly prefixes: readonly string[]
  /** Names of the token table behind a prefix, the preferred one first. */
  readonly token: readonly string[]
  /** Rows that the token table has beyond `vocab_size`. @default 0 */
  readonly extraRows?: number
  /** Default of `tie_word_embeddings` where config.json does not say. */
  readonly tied: boolean
  /** Name of the output head, which is the token table of a tied checkpoint that stores nothing else. */
  readonly head?: string
  readonly scale?: Scale
  /** A linear layer before the additions, applied where the checkpoint has it. */
  readonly projectIn?: string
  /** Tables added one after the other. */
  readonly add?: readonly Addition[]
  /** A linear layer between the additions and the norm, applied where the checkpoint has it. */
  readonly projectMid?: string
  readonly norm?: Norm
  /** Multiplies by the attention mask after the norm. */
  readonly masked?: boolean
  /** Learned biases by distance inside attention, which are no part of either vector. */
  readonly relativeBias?: {
    /** Name behind the prefix, with `{layer}` where each layer has a table. */
    readonly table: string
    /** Field of config.json that holds the number of layers. @default one table for all layers */
    readonly layers?: string
  }
  /** DeBERTa's keys and queries by distance inside attention, which are no part of either vector. */
  readonly disentangled?: DisentangledKeys
  /** A linear layer at the end, applied where the checkpoint has it. */
  readonly projectOut?: string
}

/** Where DeBERTa has its keys and queries by distance. Names of tables are behind the prefix, names of layers those of each layer. */
export interface DisentangledKeys {
  /** The table of distances. */
  readonly table: string
  /** Its layer norm, used where config.json says so. @default none */
  readonly norm?: string
  /** What projects its rows to keys, and to queries. */
  readonly key: string
  readonly query: string
  /** What projects them where config.json shares the layer's own projections. @default they are never shared */
  readonly shared?: { readonly key: string; readonly query: string }
  /** Field of config.json that holds the number of buckets. @default each distance has its row */
  readonly buckets?: string
  /** Scores are divided for every kind that `pos_att_type` lists, known or not. @default for those that are added */
  readonly countsAll?: boolean
}

/** A factor on the token vectors. */
export interface Scale {
  /** The square root of the vectors' width, or a field of config.json. */
  readonly by: 'sqrt-dim' | 'embedding_multiplier' | 'scale_emb'
  /** How the factor itself is rounded: to the compute dtype, to bfloat16 always, or not beyond float32. */
  readonly rounding: 'dtype' | 'bf16' | 'none'
  /** Whether `inputs_embeds` is scaled already, or the model scales what it is given. */
  readonly in: 'inputs_embeds' | 'model'
  /** `in` under transformers 4, where it differs. */
  readonly inBefore5?: 'model'
  /** Field of config.json that switches the factor on. @default always on */
  readonly when?: 'scale_embedding' | 'rescale_embeddings'
}

/** A table whose rows are added. */
export interface Addition {
  /** Name behind the prefix. */
  readonly table: string
  /** Which row of the table stands for a token. */
  readonly rows: RowRule
  /** Rows before the first position. @default 0 */
  readonly offset?: number
  /** The addition is left out where the config says so, or the checkpoint has no such table. */
  readonly optional?: boolean
}

/**
 * Which row is added to a token:
 *
 * - `zero`: row 0 for all.
 * - `position`: 0, 1, 2, … within the window, whatever the mask.
 * - `mask`: tokens counted by the attention mask; −1 for padding (before the offset).
 * - `not-padding`: tokens whose id is not the padding id, counted from the padding id on.
 */
export type RowRule = 'zero' | 'position' | 'mask' | 'not-padding'

/** A layer norm. */
export interface Norm {
  /** Name behind the prefix; `.weight` and `.bias` (or `.gamma` and `.beta`) follow. */
  readonly name: string
  /** A number, or the field of config.json that holds it. */
  readonly epsilon: number | string
  /** The normalized values, the product with the weight and the sum with the bias are each rounded. @default false */
  readonly roundsSteps?: boolean
}
