import type { KnownPattern } from '../pretokenize/known-pattern.ts'
import type { PreTokenizerStep } from '../pretokenize/pieces.ts'

/** What the pre-tokenizer of a tokenizer.json does. */
export interface ReadPreTokenizer {
  /** The steps, but for what {@link ReadPreTokenizer.direct} says where there is one. */
  readonly steps: readonly PreTokenizerStep[]
  /** Whether pieces are written in the byte alphabet: the model's tokens are bytes. */
  readonly isByteLevel: boolean
  /** Set where the only step is a known pattern: all can be done at once. */
  readonly direct: { readonly pattern: KnownPattern; readonly addPrefixSpace: boolean } | undefined
}
