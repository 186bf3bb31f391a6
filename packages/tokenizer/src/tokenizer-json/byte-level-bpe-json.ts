/** A byte-level BPE tokenizer, as the parts of a tokenizer.json that differ from one to another. */
export interface ByteLevelBpe {
  /** The pattern that cuts texts; undefined for GPT-2's, which the component `ByteLevel` has built in. */
  readonly pattern: string | undefined
  readonly specialTokens: Iterable<readonly [token: string, id: number]>
  /** Tokens in the alphabet of bytes, in the order in which they are listed. */
  readonly vocab: Iterable<readonly [token: string, id: number]>
  readonly merges: readonly (readonly [left: string, right: string])[]
  /** Whether a piece that is a token is that token, whatever the merges make of it. */
  readonly ignoreMerges?: boolean
}

/** Returns the content of a tokenizer.json, with every field that Hugging Face's `tokenizers` 0.23 writes. */
export function byteLevelBpeJson(tokenizer: ByteLevelBpe): object {
  const { pattern, specialTokens, vocab, merges, ignoreMerges = false } = tokenizer
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: pattern === undefined,
  }
  const split = { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Array.from(specialTokens, ([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer:
      pattern === undefined ? byteLevel : { type: 'Sequence', pretokenizers: [split, byteLevel] },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: ignoreMerges,
      vocab: Object.fromEntries(vocab),
      merges,
    },
  }
}
