import { readFileSync } from 'node:fs'
import { encodingDefinitions, type EncodingName } from '../../src/encodings/definitions.ts'
import type { Ranks } from '../../src/reference/merge-bytes.ts'
import { readVocabulary } from '../../src/vocabulary/vocabulary-file.ts'
import { tokenBytes, type Vocabulary } from '../../src/vocabulary/vocabulary.ts'

/** The vocabulary of an encoding, from the package's files. */
export function vocabularyOf(name: EncodingName): Vocabulary {
  const { vocabularyFile, rankCount } = encodingDefinitions[name]
  const file = readFileSync(new URL(`../../vocab/${vocabularyFile}.vocab`, import.meta.url))
  return readVocabulary(file, rankCount)
}

/** The ranks of a vocabulary as the reference wants them. */
export function ranksOf(vocabulary: Vocabulary): Ranks {
  const { bytes, offsets } = tokenBytes(vocabulary)
  const ranks = new Map<string, number>()
  for (let rank = 0; rank < vocabulary.size; rank++) {
    ranks.set(byteString(bytes.subarray(offsets[rank], offsets[rank + 1])), rank)
  }
  return ranks
}

/** One character a byte. */
export function byteString(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
