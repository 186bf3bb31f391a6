import type { TokenizerJsonOptions } from '../tokenizer-json/load-tokenizer-json.ts'

/** A file that holds a tokenizer, as bytes: where it lies is the caller's business. */
export interface TokenizerFile {
  /** The file's name, which helps to tell its kind. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** What a file of some kinds does not say itself. */
export interface TokenizerFileOptions extends TokenizerJsonOptions {
  /** The pre-tokenizer pattern of a `.tiktoken` file: the name of a known one, or the pattern itself. */
  readonly pattern?: string
  /** The special tokens of a `.tiktoken` file. */
  readonly specialTokens?: Readonly<Record<string, number>>
}
