import { readFileSync } from 'node:fs'
import { encodingDefinitions } from '../src/encodings/definitions.ts'
import { patterns } from '../src/encodings/patterns.ts'
import { tokenOfBytes } from '../src/unicode/byte-alphabet.ts'
import { readVocabulary } from '../src/vocabulary/vocabulary-file.ts'
import { tokenBytes } from '../src/vocabulary/vocabulary.ts'
import type { MeasuredEncoding } from './peers.ts'

/** A shipped encoding as Hugging Face's libraries want it. */
export function tokenizerJsonOf(encoding: MeasuredEncoding): object {
  const { vocabularyFile, rankCount, pattern } = encodingDefinitions[encoding]
  const file = readFileSync(new URL(`../vocab/${vocabularyFile}.vocab`, import.meta.url))
  const vocabulary = readVocabulary(file, rankCount)
  const { bytes, offsets } = tokenBytes(vocabulary)
  const tokens = Array.from({ length: rankCount }, (_, rank) =>
    tokenOfBytes(bytes.subarray(offsets[rank], offsets[rank + 1])),
  )
  const merges = Array.from({ length: rankCount - 256 }, (_, i) => [
    tokens[vocabulary.left[256 + i]!]!,
    tokens[vocabulary.right[256 + i]!]!,
  ])
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: pattern === patterns.gpt2,
  }
  const split = { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel.use_regex ? byteLevel : { type: 'Sequence', pretokenizers: [split, byteLevel] },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, rank) => [token, rank])),
      merges,
    },
  }
}
