/** How a family of models turns queries and keys. */
export interface RotaryFamily {
  /** Which columns are turned together: d with d + dim / 2, or 2d with 2d + 1. */
  readonly pairs: 'half' | 'interleaved'
  /** The share of a head's columns that are turned, where config.json has none. @default 1 */
  readonly share?: number
}

const half: RotaryFamily = { pairs: 'half' }

/**
 * Model types with one rotary table for all layers, as transformers 5.18.0 computes it. Types with several, such as gemma3, or with rules of
 * their own, are not here.
 */
export const rotaryFamilies: Readonly<Record<string, RotaryFamily>> = {
  ...Object.fromEntries(
    [
      ...['llama', 'mistral', 'mixtral', 'qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe', 'phi3', 'olmo', 'olmo2'],
      ...['starcoder2', 'gemma', 'gemma2', 'granite', 'granitemoe', 'smollm3', 'arcee', 'seed_oss'],
    ].map((type) => [type, half]),
  ),
  phi: { pairs: 'half', share: 0.5 },
  nemotron: { pairs: 'half', share: 0.5 },
  stablelm: { pairs: 'half', share: 0.25 },
  gpt_neox: { pairs: 'half', share: 0.25 },
  cohere: { pairs: 'interleaved' },
  cohere2: { pairs: 'interleaved' },
}
