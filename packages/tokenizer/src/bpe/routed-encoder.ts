import { findSafeCut } from '../safe-cut.ts'
import { tokenBytes, type Vocabulary } from '../vocabulary/vocabulary.ts'
import type { ByteLevelModel } from './byte-level-model.ts'
import { createTokenSearch, type TokenSearch } from './early-merges.ts'
import type { OrdinaryEncoder } from './ordinary-encoder.ts'

/** Texts are looked through in blocks of about this many bytes: what is rare then slows few of them down. */
const blockLength = 1 << 13
/** Blocks are not cut further away than this from where they should end. */
const reach = 1024

/**
 * Encodes with `fast` the blocks of a text that hold none of the tokens that `fast` knows nothing of, and with `exact` the others. Blocks are
 * cut where their ids, joined, are those of the whole.
 */
export function createRoutedEncoder(
  fast: OrdinaryEncoder,
  exact: OrdinaryEncoder,
  holdsUnknown: TokenSearch,
): OrdinaryEncoder {
  return {
    encode(bytes, start, end, target, at) {
      while (start < end && at >= 0) {
        const cut =
          end - start > 2 * blockLength
            ? findSafeCut(
                bytes.subarray(start, Math.min(end, start + blockLength + reach)),
                blockLength,
                reach,
              )
            : -1
        // Where there is no place to cut at hand, the rest is one block.
        const blockEnd = cut < 0 ? end : start + cut
        const encoder = holdsUnknown(bytes, start, blockEnd) ? exact : fast
        at = encoder.encode(bytes, start, blockEnd, target, at)
        start = blockEnd
      }
      return at
    },
    encodePiece: exact.encodePiece,
  }
}

/** A model without the tokens that its plain merging, in order, does not make, and the search for those tokens. */
export interface PlainPart {
  readonly model: ByteLevelModel
  readonly holdsOthers: TokenSearch
}

/**
 * The part of a model that merges in order. Tokens of early merges, tokens that hold one, and whole tokens that no merge makes are left out:
 * in a text that holds none of the early and whole tokens, none of them is ever made.
 */
export function plainPartOf({ vocabulary, idOfRank, wholeTokens }: ByteLevelModel): PlainPart {
  const { bytes, offsets } = tokenBytes(vocabulary)
  const bytesOf = (rank: number): Uint8Array => bytes.subarray(offsets[rank], offsets[rank + 1])
  const early = (vocabulary.earlyRanks ?? []).map((rank) => bytesOf(rank).slice())
  const whole = Array.from(wholeTokens.keys(), (token) =>
    Uint8Array.from(token, (char) => char.charCodeAt(0)),
  )
  const holdsEarly = createTokenSearch(early)
  let size = 0
  const newRank = new Uint32Array(vocabulary.size)
  const left = new Uint32Array(vocabulary.size)
  const right = new Uint32Array(vocabulary.size)
  const ids = new Uint32Array(vocabulary.size)
  for (let rank = 0; rank < vocabulary.size; rank++) {
    if (rank >= 256 && early.length > 0 && holdsEarly(bytes, offsets[rank]!, offsets[rank + 1]!)) continue
    // Parts of a kept rank come before it, and are kept.
    newRank[rank] = size
    left[size] = newRank[vocabulary.left[rank]!]!
    right[size] = newRank[vocabulary.right[rank]!]!
    ids[size++] = idOfRank?.[rank] ?? rank
  }
  const plain: Vocabulary = {
    size,
    byteOfRank: vocabulary.byteOfRank,
    left: left.subarray(0, size),
    right: right.subarray(0, size),
  }
  return {
    model: {
      vocabulary: plain,
      idOfRank: ids.subarray(0, size),
      wholeTokens: new Map(),
    },
    holdsOthers: createTokenSearch([...early, ...whole]),
  }
}
