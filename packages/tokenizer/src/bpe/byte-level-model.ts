import type { Vocabulary } from '../vocabulary/vocabulary.ts'
import { searchOfRanks, withEarlyMerges } from './early-merges.ts'
import { type MissingBytes, withMissingBytes } from './missing-bytes.ts'
import { withPieceCache } from './piece-cache.ts'
import { createPieceEncoder, type PieceEncoder } from './piece-encoder.ts'
import { createPlainMerger } from './plain-merger.ts'
import { buildTables } from './tables.ts'
import { withWholeTokens } from './whole-tokens.ts'

/** Byte-level BPE, whatever its pre-tokenizer. */
export interface ByteLevelModel {
  readonly vocabulary: Vocabulary
  /** The id of each rank; absent where ids are ranks. */
  readonly idOfRank?: Uint32Array
  /**
   * Pieces that are one token although merging does not make it (`ignore_merges`), one character a byte, with ranks after those of the
   * vocabulary. Empty where there are none.
   */
  readonly wholeTokens: ReadonlyMap<string, number>
  /** Absent where every byte that UTF-8 can have is a token. */
  readonly missingBytes?: MissingBytes
}

/** Makes the encoder of pieces to ids, in TypeScript. */
export function createByteLevelPieces(model: ByteLevelModel, cacheBytes: number): PieceEncoder {
  const { vocabulary, idOfRank, wholeTokens, missingBytes } = model
  const tables = buildTables(vocabulary)
  let pieces = createPieceEncoder(tables)
  if (vocabulary.earlyRanks !== undefined) {
    const plain = createPlainMerger(vocabulary, tables.merges)
    pieces = withEarlyMerges(pieces, plain, searchOfRanks(vocabulary.earlyRanks, tables))
  }
  if (missingBytes !== undefined) pieces = withMissingBytes(pieces, missingBytes)
  if (wholeTokens.size > 0) pieces = withWholeTokens(pieces, wholeTokens)
  const { encodePiece } = withPieceCache(pieces, cacheBytes)
  if (idOfRank === undefined) return { encodePiece }
  return {
    encodePiece(bytes, start, end, target, at) {
      const out = encodePiece(bytes, start, end, target, at)
      for (let i = at; i < out; i++) target[i] = idOfRank[target[i]!]!
      return out
    },
  }
}
