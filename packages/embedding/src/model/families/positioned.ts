import type { EmbeddingRecipe } from '../recipe.ts'

const gpt2: EmbeddingRecipe = {
  prefixes: ['transformer.', ''],
  token: ['wte.weight'],
  tied: true,
  head: 'lm_head.weight',
  add: [{ table: 'wpe.weight', rows: 'position' }],
}

/** Decoders that add learned positions, or normalize, before their first block. */
export const positionedFamilies: Readonly<Record<string, EmbeddingRecipe>> = {
  gpt2,
  gpt_bigcode: gpt2,
  'gpt-sw3': gpt2,
  gpt_neo: gpt2,
  opt: {
    prefixes: ['model.decoder.', 'decoder.'],
    token: ['embed_tokens.weight'],
    tied: true,
    head: 'lm_head.weight',
    projectIn: 'project_in',
    add: [{ table: 'embed_positions.weight', rows: 'mask', offset: 2 }],
  },
  whisper: {
    prefixes: ['model.decoder.', 'decoder.'],
    token: ['embed_tokens.weight'],
    tied: true,
    head: 'proj_out.weight',
    add: [{ table: 'embed_positions.weight', rows: 'position' }],
  },
  bloom: {
    prefixes: ['transformer.', ''],
    token: ['word_embeddings.weight'],
    tied: true,
    head: 'lm_head.weight',
    norm: { name: 'word_embeddings_layernorm', epsilon: 'layer_norm_epsilon' },
  },
}
