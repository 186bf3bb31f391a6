import type { EmbeddingRecipe } from '../recipe.ts'

/** Prefixes of `embed_tokens` in decoder-only models, alone and inside composite ones. */
export const decoderPrefixes = [
  'model.',
  '',
  'language_model.model.',
  'model.language_model.',
  'language_model.',
] as const

const decoder: EmbeddingRecipe = {
  prefixes: decoderPrefixes,
  token: ['embed_tokens.weight'],
  tied: false,
  head: 'lm_head.weight',
}
const tiedDecoder: EmbeddingRecipe = { ...decoder, tied: true }
const transformer: EmbeddingRecipe = {
  prefixes: ['transformer.', ''],
  token: ['wte.weight'],
  tied: false,
  head: 'lm_head.weight',
}
const backbone: EmbeddingRecipe = {
  prefixes: ['backbone.', ''],
  token: ['embeddings.weight'],
  tied: true,
  head: 'lm_head.weight',
}
const t5Encoder: EmbeddingRecipe = {
  prefixes: [''],
  token: ['encoder.embed_tokens.weight', 'shared.weight'],
  tied: true,
  relativeBias: { table: 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight' },
}

/** Decoders whose first block receives the rows of the token table as they are, by default of the tied head. */
const untied = [
  ...['llama', 'mistral', 'ministral', 'ministral3', 'mixtral', 'qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe'],
  ...[
    'phi',
    'phi3',
    'phimoe',
    'deepseek_v2',
    'deepseek_v3',
    'deepseek_v32',
    'olmo',
    'olmo2',
    'olmo3',
    'olmoe',
  ],
  ...[
    'olmo_hybrid',
    'flex_olmo',
    'stablelm',
    'gpt_oss',
    'llama4_text',
    'nemotron',
    'glm',
    'glm4',
    'glm4_moe',
  ],
  ...[
    'glm4_moe_lite',
    'glm_moe_dsa',
    'afmoe',
    'apertus',
    'arcee',
    'aria_text',
    'axk1',
    'axk2',
    'bitnet',
    'cwm',
  ],
  ...[
    'diffllama',
    'doge',
    'eurobert',
    'exaone4',
    'exaone_moe',
    'helium',
    'hunyuan_v1_dense',
    'hunyuan_v1_moe',
  ],
  ...[
    'hy_v3',
    'jais2',
    'jamba',
    'kimi_linear',
    'laguna',
    'longcat_flash',
    'mellum',
    'mimo_v2_flash',
    'minimax',
  ],
  ...['minimax_m2', 'minimax_m3_vl_text', 'persimmon', 'qwen3_5_text', 'qwen3_5_moe_text', 'qwen3_next'],
  ...['seed_oss', 'solar_open', 'dots1', 'mistral4', 'openai_privacy_filter'],
  // The text models of those that take pictures too; positions in three directions act inside the attention. The last two are as
  // version 4 wrote configurations, with the text model's fields among the others.
  ...[
    'qwen2_vl_text',
    'qwen2_5_vl_text',
    'qwen3_vl_text',
    'qwen3_vl_moe_text',
    'glm4v_text',
    'glm4v_moe_text',
    'qwen3_omni_moe_text',
    'cosmos3_edge_text',
    'glm_image_text',
    'glm_ocr_text',
  ],
  ...['qwen2_vl', 'qwen2_5_vl'],
]
const tied = [
  ...[
    'cohere',
    'cohere2',
    'cohere2_moe',
    'starcoder2',
    'smollm3',
    'ernie4_5',
    'ernie4_5_moe',
    'jetmoe',
    'lfm2',
  ],
  ...['youtu', 'lfm2_moe', 'qwen2_5_omni_text', 'hunyuan_vl_text'],
]

/** Families in which nothing is added to the token vectors: rotary, ALiBi and T5 biases act inside the attention. */
export const plainFamilies: Readonly<Record<string, EmbeddingRecipe>> = {
  ...Object.fromEntries(untied.map((type) => [type, decoder])),
  ...Object.fromEntries(tied.map((type) => [type, tiedDecoder])),
  // Its last row stands for no token of the text.
  moshi: { ...decoder, extraRows: 1 },
  // The rows behind the vocabulary stand for pictures.
  mllama_text_model: { ...decoder, extraRows: 8 },
  emu3_text_model: { ...decoder, prefixes: [...decoderPrefixes, 'model.text_model.', 'text_model.model.'] },
  gptj: transformer,
  codegen: transformer,
  mpt: { ...transformer, tied: true },
  falcon: { ...transformer, token: ['word_embeddings.weight'], tied: true },
  gpt_neox: {
    prefixes: ['gpt_neox.', ''],
    token: ['embed_in.weight'],
    tied: false,
    head: 'embed_out.weight',
  },
  gpt_neox_japanese: {
    prefixes: ['gpt_neox_japanese.', ''],
    token: ['embed_in.weight'],
    tied: true,
    head: 'embed_out.weight',
  },
  mamba: backbone,
  falcon_mamba: backbone,
  mamba2: { ...backbone, tied: false },
  nemotron_h: { ...backbone, prefixes: ['model.', 'backbone.', ''], tied: false },
  rwkv: { ...backbone, prefixes: ['rwkv.', ''], tied: false },
  t5: t5Encoder,
  mt5: t5Encoder,
  umt5: {
    ...t5Encoder,
    relativeBias: {
      table: 'encoder.block.{layer}.layer.0.SelfAttention.relative_attention_bias.weight',
      layers: 'num_layers',
    },
  },
}
