import { readFileSync } from 'node:fs'
import { encodingDefinitions } from '../src/encodings/definitions.ts'
import { byteLevelBpeJson } from '../src/tokenizer-json/byte-level-bpe-json.ts'
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
  const merges = Array.from(
    { length: rankCount - 256 },
    (_, i) => [tokens[vocabulary.left[256 + i]!]!, tokens[vocabulary.right[256 + i]!]!] as const,
  )
  return byteLevelBpeJson({
    pattern: pattern === patterns.gpt2 ? undefined : pattern,
    specialTokens: [],
    vocab: tokens.map((token, rank) => [token, rank]),
    merges,
  })
}
