import type { Encoding } from '@sluice/tokenizer'

/** Bytes of each id's text; 0 for ids that stand for none. */
export function tokenByteLengthsOf(encoding: Encoding): Uint16Array {
  const lengths = new Uint16Array(encoding.vocabSize)
  const special = new Set(encoding.specialTokens.values())
  for (let id = 0; id < lengths.length; id += 1) {
    try {
      lengths[id] = encoding.decodeBytes([id]).length
    } catch (error) {
      // Vocabularies have gaps between their ordinary and their special ids; such an id never occurs in a text.
      if (special.has(id)) throw error
    }
  }
  return lengths
}
