import type { Addition, EmbeddingRecipe } from '../recipe.ts'

const types: Addition = { table: 'embeddings.token_type_embeddings.weight', rows: 'zero' }
const positions: Addition = { table: 'embeddings.position_embeddings.weight', rows: 'position' }
const countedPositions: Addition = { ...positions, rows: 'not-padding' }

/** Nothing comes between the sum and the first block. */
const bertWithoutNorm: EmbeddingRecipe = {
  prefixes: ['bert.', ''],
  token: ['embeddings.word_embeddings.weight'],
  tied: true,
  add: [types, positions],
}
const bert: EmbeddingRecipe = {
  ...bertWithoutNorm,
  norm: { name: 'embeddings.LayerNorm', epsilon: 'layer_norm_eps' },
}
const roberta: EmbeddingRecipe = {
  ...bert,
  prefixes: ['roberta.', ''],
  add: [types, countedPositions],
}
const deberta: EmbeddingRecipe = {
  ...bert,
  prefixes: ['deberta.', ''],
  add: [
    { ...positions, optional: true },
    { ...types, optional: true },
  ],
  projectMid: 'embeddings.embed_proj',
  masked: true,
  disentangled: {
    table: 'encoder.rel_embeddings.weight',
    norm: 'encoder.LayerNorm',
    key: 'attention.self.pos_key_proj',
    query: 'attention.self.pos_query_proj',
    shared: { key: 'attention.self.key_proj', query: 'attention.self.query_proj' },
    buckets: 'position_buckets',
  },
}
const modernbert: EmbeddingRecipe = {
  prefixes: ['model.', ''],
  token: ['embeddings.tok_embeddings.weight'],
  tied: true,
  norm: { name: 'embeddings.norm', epsilon: 'norm_eps' },
}
const bart: EmbeddingRecipe = {
  prefixes: ['model.', ''],
  token: ['encoder.embed_tokens.weight', 'shared.weight'],
  tied: true,
  scale: { by: 'sqrt-dim', rounding: 'none', in: 'inputs_embeds', when: 'scale_embedding' },
  add: [{ table: 'encoder.embed_positions.weight', rows: 'position', offset: 2 }],
  norm: { name: 'encoder.layernorm_embedding', epsilon: 1e-5 },
}

/** BERT with two rows of positions before the first. */
const shifted = (name: string): EmbeddingRecipe => ({
  ...bert,
  prefixes: [`${name}.`, ''],
  add: [types, { ...positions, offset: 2 }],
})

/** Encoders: types, positions, a norm, and a projection in the factorized ones. The order of additions differs. */
export const encoderFamilies: Readonly<Record<string, EmbeddingRecipe>> = {
  bert,
  roberta,
  'xlm-roberta': roberta,
  camembert: roberta,
  'data2vec-text': { ...roberta, prefixes: ['data2vec_text.', ''] },
  'roberta-prelayernorm': { ...roberta, prefixes: ['roberta_prelayernorm.', ''] },
  mpnet: {
    ...roberta,
    prefixes: ['mpnet.', ''],
    add: [countedPositions],
    relativeBias: { table: 'encoder.relative_attention_bias.weight' },
  },
  distilbert: {
    ...bert,
    prefixes: ['distilbert.', ''],
    add: [positions],
    norm: { name: 'embeddings.LayerNorm', epsilon: 1e-12 },
  },
  electra: { ...bert, prefixes: ['electra.', ''], projectOut: 'embeddings_project' },
  albert: { ...bert, prefixes: ['albert.', ''], projectOut: 'encoder.embedding_hidden_mapping_in' },
  convbert: {
    ...bert,
    prefixes: ['convbert.', ''],
    add: [positions, types],
    projectOut: 'embeddings_project',
  },
  splinter: { ...bert, prefixes: ['splinter.', ''] },
  // Its third table is there where the config asks for it (`use_task_id`).
  ernie: {
    ...bert,
    prefixes: ['ernie.', ''],
    add: [
      types,
      positions,
      { table: 'embeddings.task_type_embeddings.weight', rows: 'zero', optional: true },
    ],
  },
  'bert-generation': { ...bert, add: [positions] },
  clap_text_model: roberta,
  // Its readers of questions and of passages are models of their own.
  dpr: {
    ...bert,
    prefixes: [
      'ctx_encoder.bert_model.',
      'question_encoder.bert_model.',
      'span_predictor.encoder.bert_model.',
    ],
  },
  'megatron-bert': bertWithoutNorm,
  'xlm-roberta-xl': { ...bertWithoutNorm, prefixes: ['roberta.', ''], add: [types, countedPositions] },
  big_bird: {
    ...bert,
    scale: { by: 'sqrt-dim', rounding: 'none', in: 'model', when: 'rescale_embeddings' },
  },
  roformer: {
    ...bert,
    prefixes: ['roformer.', ''],
    add: [types],
    projectOut: 'embeddings_project',
  },
  nystromformer: shifted('nystromformer'),
  mra: shifted('mra'),
  yoso: shifted('yoso'),
  'deberta-v2': deberta,
  deberta: {
    ...deberta,
    norm: { name: 'embeddings.LayerNorm', epsilon: 'layer_norm_eps', roundsSteps: true },
    disentangled: {
      table: 'encoder.rel_embeddings.weight',
      key: 'attention.self.pos_proj',
      query: 'attention.self.pos_q_proj',
      countsAll: true,
    },
  },
  modernbert,
  'modernbert-decoder': modernbert,
  bart,
  mbart: bart,
}
