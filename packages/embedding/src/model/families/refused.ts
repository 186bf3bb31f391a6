/** Why the vectors of a family are not computed here. */
const perLayer = 'it looks up further embeddings by id in every layer, which one vector cannot hold'
const severalStreams = 'its first block receives several or wider streams'
const normedFirst = 'it norms or scales before its first block in a way that was not verified'
const ownRules = 'its embeddings follow rules of their own'

/** Model types that are known and refused, each with its reason. */
export const refusedFamilies: Readonly<Record<string, string>> = {
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
    ].map((type) => [type, ownRules]),
  ),
}
