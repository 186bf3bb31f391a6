import { createOrdinaryEncoder } from './bpe/ordinary-encoder.ts'
import { createPieceEncoder } from './bpe/piece-encoder.ts'
import { buildTables } from './bpe/tables.ts'
import { BpeEncoding } from './bpe-encoding.ts'
import { encodingDefinitions, type EncodingName } from './encodings/definitions.ts'
import type { Encoding } from './encoding.ts'
import { TokenizerError } from './errors.ts'
import { loadVocabulary } from './load/load-vocabulary.ts'
import { scannerOfPattern } from './pretokenize/scanner-of-pattern.ts'
import { TokenDecoder } from './token-decoder.ts'

/** The names that {@link getEncoding} knows. */
export const encodingNames: readonly EncodingName[] = Object.keys(encodingDefinitions) as EncodingName[]

/**
 * Load one of tiktoken's encodings; its ids are those of tiktoken 0.14. Each call makes a new encoder with its own word cache, so
 * every thread calls it once.
 *
 * Throws `unknown-encoding` for another name and `invalid-vocabulary` when the package's files were changed.
 */
export async function getEncoding(name: EncodingName): Promise<Encoding> {
  const definition = Object.hasOwn(encodingDefinitions, name) ? encodingDefinitions[name] : undefined
  if (definition === undefined) {
    throw new TokenizerError(
      'unknown-encoding',
      `Expected one of ${encodingNames.join(', ')}, got \`${name as string}\``,
    )
  }
  const { vocabularyFile, rankCount, idGap, specialTokens, pattern, sha256 } = definition
  const tables = buildTables(await loadVocabulary(vocabularyFile, rankCount))
  const scan = scannerOfPattern(pattern)
  const idOfRank =
    idGap === undefined
      ? undefined
      : Uint32Array.from({ length: rankCount }, (_, rank) => rank + Number(rank >= idGap))
  const vocabSize = 1 + Math.max(rankCount - 1 + Number(idGap !== undefined), ...specialTokens.values())
  return new BpeEncoding({
    name: definition.name,
    vocabSize,
    endOfTextId: specialTokens.get('<|endoftext|>')!,
    sha256,
    specialTokens,
    scan,
    ordinary: createOrdinaryEncoder(scan, createPieceEncoder(tables), idOfRank),
    decoder: new TokenDecoder(tables, rankCount, idOfRank, specialTokens, vocabSize),
  })
}
