/** How a family of models turns queries and keys. */
export interface RotaryFamily {
  /** Which columns are turned together: d with d + dim / 2, or 2d with 2d + 1. */
  readonly pairs: 'half' | 'interleaved'
  /** The share of a head's columns that are turned, where config.json has none. @default 1 */
  readonly share?: number
  /** The base, where config.json has none. @default 10000 */
  readonly base?: number
  /** Where config.json says how many columns are turned, where they are not those of a whole head. */
  readonly width?: string
  /** Which columns of a head are turned, in words. @default the first ones */
  readonly columns?: string
  /** Full and sliding layers have bases of their own, which transformers 4 wrote apart. */
  readonly layers?: {
    /** Where it wrote that of the sliding layers. */
    readonly localBase: string
    /** Where it wrote that of the full ones. @default 'rope_theta' */
    readonly globalBase?: string
    /** The base of full layers, where config.json has none. */
    readonly fullBase: number
    /** `rope_scaling` is for both. @default for full layers alone */
    readonly scalesBoth?: true
  }
}

const half: RotaryFamily = { pairs: 'half' }
const interleaved: RotaryFamily = { pairs: 'interleaved' }

/** Multi-head latent attention: heads have columns of their own for positions, and all share one key of these. */
const latent: RotaryFamily = {
  pairs: 'interleaved',
  width: 'qk_rope_head_dim',
  columns:
    'of each query those behind its qk_nope_head_dim ones, and the one key of them that all heads share',
}

/** Full and local layers with bases of their own. */
const modernbert: RotaryFamily = {
  ...half,
  layers: {
    localBase: 'local_rope_theta',
    globalBase: 'global_rope_theta',
    fullBase: 160_000,
    scalesBoth: true,
  },
}

/** Model types whose rotary tables are made as transformers 5.18.0 makes them. Types with rules of their own are not here. */
export const rotaryFamilies: Readonly<Record<string, RotaryFamily>> = {
  ...Object.fromEntries(
    [
      ...['llama', 'mistral', 'mixtral', 'qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe', 'phi3', 'olmo', 'olmo2'],
      ...['starcoder2', 'gemma', 'gemma2', 'granite', 'granitemoe', 'smollm3', 'arcee', 'seed_oss'],
      ...['ministral', 'apertus', 'bitnet', 'cwm', 'diffllama', 'exaone4', 'flex_olmo', 'olmoe', 'lfm2'],
      ...['vaultgemma', 'granitemoeshared', 'hyperclovax', 'doge', 'eurobert', 'jais2', 'olmo3'],
      ...['dots1', 'lfm2_moe'],
    ].map((type) => [type, half]),
  ),
  gemma3_text: { ...half, layers: { localBase: 'rope_local_base_freq', fullBase: 1_000_000 } },
  falcon: half,
  phi: { pairs: 'half', share: 0.5 },
  nemotron: { pairs: 'half', share: 0.5 },
  persimmon: { pairs: 'half', share: 0.5 },
  stablelm: { pairs: 'half', share: 0.25 },
  gpt_neox: { pairs: 'half', share: 0.25 },
  modernbert,
  'modernbert-decoder': modernbert,
  glm: { ...interleaved, share: 0.5 },
  glm4: { ...interleaved, share: 0.5 },
  glm4_moe: { pairs: 'half', share: 0.5 },
  ernie4_5: { ...interleaved, base: 500_000 },
  ernie4_5_moe: { ...interleaved, base: 500_000 },
  helium: { ...interleaved, base: 100_000 },
  cohere: interleaved,
  cohere2: interleaved,
  deepseek_v2: latent,
  deepseek_v3: latent,
  youtu: latent,
  minicpm3: { ...latent, pairs: 'half' },
}
