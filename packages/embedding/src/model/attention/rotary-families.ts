/** How a family of models turns queries and keys. */
export interface RotaryFamily {
  /** Which columns are turned together: d with d + dim / 2, or 2d with 2d + 1. */
  readonly pairs: 'half' | 'interleaved'
  /** The share of a head's columns that are turned, where config.json has none. @default 1 */
  readonly share?: number
  /** The base, where config.json has none. @default 10000 */
  readonly base?: number
  /** Full and sliding layers have bases of their own, which transformers 4 wrote apart: where it did, and the base of full layers. */
  readonly layers?: { readonly localBase: string; readonly fullBase: number }
}

const half: RotaryFamily = { pairs: 'half' }

/** Model types whose rotary tables are made as transformers 5.18.0 makes them. Types with rules of their own are not here. */
export const rotaryFamilies: Readonly<Record<string, RotaryFamily>> = {
  ...Object.fromEntries(
    [
      ...['llama', 'mistral', 'mixtral', 'qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe', 'phi3', 'olmo', 'olmo2'],
      ...['starcoder2', 'gemma', 'gemma2', 'granite', 'granitemoe', 'smollm3', 'arcee', 'seed_oss'],
      ...['ministral', 'apertus', 'bitnet', 'cwm', 'diffllama', 'exaone4', 'flex_olmo', 'olmoe', 'lfm2'],
      ...['vaultgemma', 'granitemoeshared', 'hyperclovax', 'doge', 'eurobert', 'jais2', 'olmo3'],
    ].map((type) => [type, half]),
  ),
  gemma3_text: { ...half, layers: { localBase: 'rope_local_base_freq', fullBase: 1_000_000 } },
  falcon: half,
  phi: { pairs: 'half', share: 0.5 },
  nemotron: { pairs: 'half', share: 0.5 },
  persimmon: { pairs: 'half', share: 0.5 },
  stablelm: { pairs: 'half', share: 0.25 },
  gpt_neox: { pairs: 'half', share: 0.25 },
  cohere: { pairs: 'interleaved' },
  cohere2: { pairs: 'interleaved' },
}
