import { createEncoder, type EncoderOptions } from './create-encoder.ts'
import { AssembledEncoding } from './assembly/assembled-encoding.ts'
import { ordinaryStretchEncoder } from './assembly/stretch-encoder.ts'
import { encodingDefinitions, type EncodingName } from './encodings/definitions.ts'
import type { Encoding } from './encoding.ts'
import { TokenizerError } from './errors.ts'
import type { Asset } from './load/asset.ts'
import { loadVocabulary } from './load/load-vocabulary.ts'
import { knownPattern } from './pretokenize/known-pattern.ts'
import { TokenDecoder } from './token-decoder.ts'

/** The names that {@link getEncoding} knows. */
export const encodingNames: readonly EncodingName[] = Object.keys(encodingDefinitions) as EncodingName[]

/** Options of {@link getEncoding}. */
export interface EncodingOptions extends EncoderOptions {
  /**
   * The vocabulary: `@sluice/tokenizer/vocab/p50k.vocab` for gpt2, r50k_base, p50k_base and p50k_edit, `cl100k.vocab` for cl100k_base,
   * `o200k.vocab` for o200k_base and o200k_harmony.
   * @default where the package has it
   */
  readonly vocabulary?: Asset
}

/**
 * Loads one of tiktoken's encodings; its ids are those of tiktoken 0.14. Each call makes a new encoder with its own word cache, so
 * every thread calls it once.
 *
 * @throws {TokenizerError} `unknown-encoding` for another name, `invalid-vocabulary` when the package's files were changed
 */
export async function getEncoding(name: EncodingName, options: EncodingOptions = {}): Promise<Encoding> {
  const definition = Object.hasOwn(encodingDefinitions, name) ? encodingDefinitions[name] : undefined
  if (definition === undefined) {
    throw new TokenizerError(
      'unknown-encoding',
      `Expected one of ${encodingNames.join(', ')}, got \`${name as string}\``,
    )
  }
  const { vocabularyFile, rankCount, idGap, specialTokens, pattern, sha256 } = definition
  const vocabulary = await loadVocabulary(vocabularyFile, rankCount, options.vocabulary)
  const idOfRank =
    idGap === undefined
      ? undefined
      : Uint32Array.from({ length: rankCount }, (_, rank) => rank + Number(rank >= idGap))
  const { scan, ordinary } = await createEncoder(
    { vocabulary, ...(idOfRank === undefined ? {} : { idOfRank }), wholeTokens: new Map() },
    knownPattern(pattern),
    options,
  )
  const vocabSize = 1 + Math.max(rankCount - 1 + Number(idGap !== undefined), ...specialTokens.values())
  const specials = Array.from(specialTokens, ([text, id]) => ({ text, id }))
  const utf8 = new TextEncoder()
  const decoder = new TokenDecoder(
    vocabulary,
    idOfRank,
    specials.map(({ text, id }) => [utf8.encode(text), id]),
    vocabSize,
  )
  return new AssembledEncoding({
    name: definition.name,
    vocabSize,
    endOfTextId: specialTokens.get('<|endoftext|>'),
    sha256,
    specialTokens: specials,
    specialDefaults: { allowedSpecial: [], disallowedSpecial: 'all' },
    template: { before: [], after: [] },
    normalizer: undefined,
    stretches: ordinaryStretchEncoder(ordinary),
    decoder,
    trimOffsets: undefined,
    hasPlaces: true,
    keepsText: true,
    invalid: { ordinary, scan, decoder },
    canCut: () => true,
  })
}
