/** Why the vectors of a family are not computed here. */
const perLayer = 'it looks up further embeddings by id in every layer, which one vector cannot hold'
const severalStreams = 'its first block receives several or wider streams'
const normedFirst = 'it norms or scales before its first block in a way that was not verified'
const ownRules = 'its embeddings follow rules of their own'

const idsOnly = 'it takes ids only, and no vectors in place of them'

const notCompared = 'its embeddings were not compared with those of transformers'

/** Model types that are known and refused, each with its reason. */
export const refusedFamilies: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['clip_text_model', 'siglip_text_model', 'siglip2_text_model', 'metaclip_2_text_model'].map((type) => [
      type,
      idsOnly,
    ]),
  ),
  ...Object.fromEntries(['gemma3n_text', 'gemma3n', 'gemma4_text', 'gemma4'].map((type) => [type, perLayer])),
  ...Object.fromEntries(['deepseek_v4', 'hy_v4', 'qwen4_exp_text'].map((type) => [type, severalStreams])),
  ...Object.fromEntries(['nanochat', 'hrm_text', 'inkling_text'].map((type) => [type, normedFirst])),
  ...Object.fromEntries(
    [
      ...[
        'ctrl',
        'xlnet',
        'xlm',
        'flaubert',
        'openai-gpt',
        'xglm',
        'biogpt',
        'blt',
        'canine',
        'cpmant',
        'esm',
      ],
      ...['fnet', 'funnel', 'longformer', 'mobilebert', 'rembert', 'reformer', 'tapas', 'xmod'],
      ...['bigbird_pegasus', 'blenderbot', 'blenderbot-small', 'fsmt', 'ibert', 'led'],
      ...['layoutlm', 'luke', 'm2m_100', 'marian', 'mvp', 'nllb-moe'],
      ...['pegasus', 'pegasus_x', 'plbart', 'prophetnet', 'roc_bert', 'squeezebert'],
      ...['gte', 'jina_embeddings_v3', 'nomic_bert'],
    ].map((type) => [type, ownRules]),
  ),
  ...Object.fromEntries(
    [
      ...[
        'bamba',
        'dbrx',
        'zamba',
        'zamba2',
        'xlstm',
        'zaya',
        'longt5',
        'switch_transformers',
        't5gemma',
        't5gemma2',
      ],
      ...['emu3', 'fuyu', 'git', 'ernie4_5_vl_moe_text', 'paddleocr_vl_text'],
      ...[
        'chinese_clip_text_model',
        'altclip_text_model',
        'cohere_compass_text',
        'gemma4_unified_text',
        'voxtral_realtime_text',
      ],
    ].map((type) => [type, notCompared]),
  ),
}
