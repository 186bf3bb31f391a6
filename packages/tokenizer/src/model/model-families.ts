import { sentencePieceBpeFamily } from './sentencepiece-bpe/read-sentencepiece-bpe.ts'
import type { ModelFamily } from './token-model.ts'
import { unigramFamily } from './unigram/read-unigram.ts'
import { wordLevelFamily } from './wordlevel/read-wordlevel.ts'
import { wordPieceFamily } from './wordpiece/read-wordpiece.ts'

/** The families of models whose tokens are text. Byte-level BPE, whose tokens are bytes, is read by tokenizer-json/read-model.ts. */
export const modelFamilies: readonly ModelFamily[] = [
  sentencePieceBpeFamily,
  unigramFamily,
  wordPieceFamily,
  wordLevelFamily,
]
