import type { EmbeddingRecipe } from '../recipe.ts'
import { decoderPrefixes } from './plain.ts'

const decoder = {
  prefixes: decoderPrefixes,
  token: ['embed_tokens.weight'],
  head: 'lm_head.weight',
} as const

const gemma: EmbeddingRecipe = {
  ...decoder,
  tied: true,
  scale: { by: 'sqrt-dim', rounding: 'dtype', in: 'inputs_embeds', inBefore5: 'model' },
}
const granite: EmbeddingRecipe = {
  ...decoder,
  tied: false,
  scale: { by: 'embedding_multiplier', rounding: 'none', in: 'model' },
}
const tiedGranite: EmbeddingRecipe = { ...granite, tied: true }

/** Decoders that multiply their token vectors by a factor and add no positions. */
export const scaledFamilies: Readonly<Record<string, EmbeddingRecipe>> = {
  gemma,
  gemma2: gemma,
  vaultgemma: gemma,
  gemma3_text: {
    ...decoder,
    tied: true,
    scale: { by: 'sqrt-dim', rounding: 'dtype', in: 'inputs_embeds' },
  },
  recurrent_gemma: { ...decoder, tied: true, scale: { by: 'sqrt-dim', rounding: 'bf16', in: 'model' } },
  granite,
  granitemoe: granite,
  granitemoehybrid: granite,
  granitemoeshared: granite,
  granite_swa: tiedGranite,
  granitemoe_swa: granite,
  hyperclovax: granite,
  granite4_vision_text: granite,
  falcon_h1: {
    ...decoder,
    tied: false,
    scale: { by: 'embedding_multiplier', rounding: 'none', in: 'inputs_embeds' },
  },
  minicpm3: { ...decoder, tied: true, scale: { by: 'scale_emb', rounding: 'dtype', in: 'inputs_embeds' } },
  minicpm: { ...decoder, tied: true, scale: { by: 'scale_emb', rounding: 'none', in: 'inputs_embeds' } },
}
