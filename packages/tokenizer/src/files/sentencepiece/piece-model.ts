import { TokenizerError } from '../../errors.ts'
import { byteToken, byteTokenIds } from '../../model/byte-tokens.ts'
import { wordCacheBytes } from '../../model/read-token-ids.ts'
import type { MergeList } from '../../model/sentencepiece-bpe/pair-table.ts'
import { createSentencePieceBpe } from '../../model/sentencepiece-bpe/sentencepiece-bpe.ts'
import { noAffixes } from '../../model/sentencepiece-bpe/word-affixes.ts'
import type { TokenModel } from '../../model/token-model.ts'
import { createUnigram } from '../../model/unigram/unigram.ts'
import { unknownPenalty } from '../../model/unigram/read-unigram.ts'
import { type ModelProto, PieceType, type SentencePiece } from './model-proto.ts'

/** A piece with its id. */
interface NumberedPiece extends SentencePiece {
  readonly id: number
}

/**
 * Makes the model of a SentencePiece file.
 *
 * @throws TokenizerError `unsupported-component` for word and character models, and for BPE models with unused pieces, with pieces of one
 * score or with pieces of characters that are none
 */
export function createPieceModel(proto: ModelProto): TokenModel {
  const pieces = proto.pieces.map((piece, id) => ({ ...piece, id }))
  const unknown = pieces.filter(({ type }) => type === PieceType.unknown)
  if (unknown.length !== 1) {
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected a SentencePiece model with one unknown piece, got ${unknown.length}`,
    )
  }
  const unkId = unknown[0]!.id
  if (proto.modelType === 1) return unigram(proto, pieces, unkId)
  if (proto.modelType === 2) return bpe(proto, pieces, unkId)
  return refuse(`a ${proto.modelType === 3 ? 'word' : 'character'} model: only Unigram and BPE are read`)
}

function unigram(proto: ModelProto, pieces: readonly NumberedPiece[], unkId: number): TokenModel {
  const scores = pieces.filter(({ type }) => type === PieceType.normal).map(({ score }) => score)
  const lowest = scores.reduce((least, score) => Math.min(least, score), 3.402_823_466_385_288_6e38)
  const utf8 = new TextEncoder()
  const tokens = pieces
    .filter(({ type }) => type === PieceType.normal || type === PieceType.userDefined)
    .map(({ text, id, score, type }) => {
      // Above the score of any normal piece, and more for a longer one, so that it wins. The library's sums are of these
      // numbers in single precision, and ties are decided by their last bits.
      const bonus = Math.fround(0.1 * (utf8.encode(text).length - 1))
      return [text, id, type === PieceType.userDefined ? bonus : score] as const
    })
  return createUnigram({
    tokens,
    unkId,
    unknownScore: lowest - unknownPenalty,
    idOfByte: proto.byteFallback ? idsOfBytes(pieces) : new Int32Array(256).fill(-1),
    looksUpRuns: false,
    precision: 'single',
    cacheBytes: wordCacheBytes,
  })
}

function bpe(proto: ModelProto, pieces: readonly NumberedPiece[], unkId: number): TokenModel {
  if (pieces.some(({ type }) => type === PieceType.unused)) refuse('a BPE model with unused pieces')
  const ids = new Map(
    pieces.filter(({ type }) => type === PieceType.normal).map(({ text, id }) => [text, id]),
  )
  const strange = [...ids.keys()].find((text) => Array.from(text).some((char) => !ids.has(char)))
  if (strange !== undefined)
    refuse(`a BPE model with the piece ${JSON.stringify(strange)}, of which a character is no piece`)
  if (proto.byteFallback)
    for (const { text, id, type } of pieces) if (type === PieceType.byte) ids.set(text, id)
  return createSentencePieceBpe({
    affixes: noAffixes,
    ids,
    merges: mergesOfScores(pieces),
    unkId,
    fuseUnk: true,
    byteFallback: proto.byteFallback,
    ignoreMerges: false,
    cacheBytes: wordCacheBytes,
  })
}

/** SentencePiece merges any two neighbours that are a piece together, of the highest score first: every way to make a piece has its rank. */
function mergesOfScores(pieces: readonly NumberedPiece[]): MergeList {
  const normal = pieces.filter(({ type }) => type === PieceType.normal)
  const ids = new Map(normal.map(({ text, id }) => [text, id]))
  const left: number[] = []
  const right: number[] = []
  const rank: number[] = []
  const mergedOfRank: number[] = []
  let last = Infinity
  for (const { text, id, score } of normal.toSorted((a, b) => b.score - a.score)) {
    const before = left.length
    for (let at = 1; at < text.length; at++) {
      const a = ids.get(text.slice(0, at))
      const b = ids.get(text.slice(at))
      if (a === undefined || b === undefined) continue
      left.push(a)
      right.push(b)
      rank.push(mergedOfRank.length)
    }
    if (left.length === before) continue
    if (score === last) refuse(`a BPE model with several pieces of the score ${score}`)
    last = score
    mergedOfRank.push(id)
  }
  return {
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    rank: Int32Array.from(rank),
    mergedOfRank: Int32Array.from(mergedOfRank),
  }
}

function idsOfBytes(pieces: readonly NumberedPiece[]): Int32Array {
  const ids = byteTokenIds(
    new Map(pieces.filter(({ type }) => type === PieceType.byte).map(({ text, id }) => [text, id])),
  )
  const missing = ids.indexOf(-1)
  if (missing >= 0) {
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected a SentencePiece model with byte fallback to have a piece for every byte, got none for ${byteToken(missing)}`,
    )
  }
  return ids
}

function refuse(what: string): never {
  throw new TokenizerError(
    'unsupported-component',
    `Expected a SentencePiece model that is followed exactly, got ${what}`,
  )
}
