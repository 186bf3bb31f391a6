/**
 * How special tokens in a text are treated; the rules of tiktoken's `encode`. An encoding read from a tokenizer.json has the
 * defaults of Hugging Face's: every added token is allowed.
 */
export interface EncodeOptions {
  /**
   * Special tokens to encode as themselves: some of the encoding's, or all.
   * @default none of tiktoken's encodings, all of a tokenizer.json
   */
  readonly allowedSpecial?: 'all' | Iterable<string>
  /**
   * Strings that must not occur in the text; `'all'` means every special token that is not allowed. An empty list makes
   * special tokens ordinary text.
   * @default 'all'
   */
  readonly disallowedSpecial?: 'all' | Iterable<string>
  /**
   * Whether to put the tokens of a tokenizer.json's post-processor (such as a beginning-of-text token) around the text.
   * tiktoken's encodings have none.
   * @default true
   */
  readonly addSpecialTokens?: boolean
}

/** Options of {@link BlockEncoder}. */
export interface BlockEncoderOptions extends EncodeIntoOptions {
  /**
   * Longest stretch of text without a place to cut it safely, in bytes. It is held whole: with its ids and what merging takes, up
   * to 13 bytes of memory for each of its own.
   * @default Infinity
   */
  readonly maxPieceBytes?: number
}

/** Options of `encodeStream` and `createEncodeTransform`. */
export interface EncodeStreamOptions extends BlockEncoderOptions {
  /**
   * Whether to put the tokens of a tokenizer.json's post-processor around the text.
   * @default true, as in `encode`
   */
  readonly addSpecialTokens?: boolean
}

/** Options of {@link Encoding.encodeInto}. */
export interface EncodeIntoOptions {
  /**
   * Special tokens to encode as themselves; every other one is ordinary text.
   * @default as in `encode`: none of tiktoken's encodings, all of a tokenizer.json
   */
  readonly allowedSpecial?: 'all' | Iterable<string>
}

/**
 * A text's tokens and where they are in it: token i is at `[starts[i], ends[i])`. Unit: UTF-16 code units for a string, bytes for bytes. A
 * token that begins or ends inside a character of a string takes the whole character, so places may overlap.
 */
export interface OffsetEncoding {
  readonly ids: Uint32Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** One tokenizer. Not shared between threads: it owns a word cache and scratch memory. */
export interface Encoding {
  readonly name: string
  /** One more than the highest id. */
  readonly vocabSize: number
  /** Id of the token that separates documents. */
  readonly endOfTextId: number
  /** What identifies the ids this encoding gives: sha256 over ranks, pattern and special tokens, in hex. */
  readonly sha256: string
  readonly specialTokens: ReadonlyMap<string, number>
  /**
   * Those of `specialTokens` that are none: a `tokenizer.json` lists them with `special: false`, as the runs of spaces of GPT-NeoX, and its
   * reference finds them in every text. @default none
   */
  readonly addedTokens?: readonly string[]
  /** Ids that the post-processor puts before and after a text; none in tiktoken's encodings. */
  readonly template: { readonly before: readonly number[]; readonly after: readonly number[] }
  /**
   * Whether the bytes of a text's ids are the bytes of the text, so that `tokenByteLengths` says where each is: no normalizer, prefix or
   * stripping added token changes any. (Bytes that are not UTF-8 may still become U+FFFD.)
   */
  readonly keepsText: boolean
  /**
   * Patterns of the pre-tokenizer that no scanner of this package is made for: a general engine finds their matches, which is slower.
   * Empty where all are known.
   */
  readonly generalPatterns: readonly string[]

  /**
   * The ids of a text. A lone surrogate counts as U+FFFD. Invalid UTF-8 is treated as in tiktoken's `_encode_bytes`: the
   * valid beginning as text, then its last piece and all the rest as one piece of bytes.
   *
   * @throws {TokenizerError} `disallowed-special-token` when the text holds a disallowed special token
   */
  encode(text: string | Uint8Array, options?: EncodeOptions): Uint32Array
  /** The ids of a text in which special tokens are ordinary text. */
  encodeOrdinary(text: string | Uint8Array): Uint32Array
  /** `encode` of each text. */
  encodeBatch(texts: Iterable<string | Uint8Array>, options?: EncodeOptions): Uint32Array[]
  /** The number of ids that `encode` gives, without keeping them. */
  count(text: string | Uint8Array, options?: EncodeOptions): number
  /**
   * `encode` without the post-processor's tokens, with the place of every token in the text.
   *
   * @throws {TokenizerError} `unsupported-component` where the tokens are not bytes of the text: a normalizer changed it, or the model's
   * tokens are text
   */
  encodeWithOffsets(text: string | Uint8Array, options?: EncodeOptions): OffsetEncoding
  /**
   * The fast path: write the ids of UTF-8 bytes to `target` and return how many there are, with nothing allocated.
   * `target.length >= bytes.length` is always enough for valid UTF-8; in invalid UTF-8 every bad sequence counts as
   * U+FFFD, up to three times as many.
   *
   * @throws {TokenizerError} `target-too-small` when the ids do not fit
   */
  encodeInto(bytes: Uint8Array, target: Uint32Array, options?: EncodeIntoOptions): number
  /**
   * `findSafeCut` that also cuts no allowed special token in two: the ids of the two pieces, joined, are the ids of the
   * whole under the same options. Returns -1 when no place within `reach` bytes (65,536 unless given) is known to be safe.
   */
  findSafeCut(bytes: Uint8Array, near: number, options?: EncodeIntoOptions, reach?: number): number
  /**
   * The text of ids; bytes that are not UTF-8 become U+FFFD.
   *
   * @throws {TokenizerError} `unknown-token` for an id without a token
   */
  decode(ids: Iterable<number>): string
  /**
   * The bytes of ids.
   *
   * @throws {TokenizerError} `unknown-token` for an id without a token
   */
  decodeBytes(ids: Iterable<number>): Uint8Array
  /** For each id the number of bytes that `decodeBytes` gives for it; 0 where the id is no token. A new array of `vocabSize`. */
  tokenByteLengths(): Uint16Array
}
