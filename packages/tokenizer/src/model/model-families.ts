import type { ModelFamily } from './token-model.ts'

/** The families of models whose tokens are text. Byte-level BPE, whose tokens are bytes, is read by tokenizer-json/read-model.ts. */
export const modelFamilies: readonly ModelFamily[] = []
