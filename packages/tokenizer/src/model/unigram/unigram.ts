import type { EncodeRange } from '../../bpe/piece-encoder.ts'
import { TokenizerError } from '../../errors.ts'
import { ByteTrie } from '../byte-trie.ts'
import { lengthOfCharacter } from '../character-at.ts'
import type { MaybeLocatedIds, TokenModel } from '../token-model.ts'
import { withWordCache } from '../word-cache.ts'

/** A token, its id and its score, the logarithm of its probability. */
export type ScoredToken = readonly [token: string, id: number, score: number]

/** A Unigram model. */
export interface UnigramModel {
  /** What a text can be written as; of two of the same text the later one counts. */
  readonly tokens: readonly ScoredToken[]
  /** The id of the unknown token; -1 when there is none, and a text with an unknown character is an error. */
  readonly unkId: number
  /** The score of an unknown character. */
  readonly unknownScore: number
  /** The ids of the tokens that stand for the bytes of unknown characters; -1 where there is none. */
  readonly idOfByte: Int32Array
  /** Whether unknown characters that, joined, are the text of a token are that token. */
  readonly looksUpRuns: boolean
  /**
   * How sums are kept: as doubles, or rounded to single precision at every step.
   */
  readonly precision: 'double' | 'single'
  /** The most bytes for remembering the ids of pieces. */
  readonly cacheBytes: number
}

/** In single precision sums start again below this, as in SentencePiece 0.2.2: it was found by trying. */
const lowestSum = -100_000
/** As many places are kept from one piece to the next. */
const keptPlaces = 1 << 16

/**
 * Makes the encoder of a Unigram model: of all ways to write a piece as tokens, the one of the highest sum of scores, as
 * `Unigram::encode_optimized` of the `tokenizers` library and `EncodeOptimized` of SentencePiece find it. Sums are added from the left; of
 * two ways of the same sum to the same place the one found first is kept, that is the one whose last token is longer. A character
 * without a token of its own may be an unknown one. Neighbouring unknown characters are one unknown token, or, where there are
 * tokens for all their bytes, these.
 *
 * A piece is never cut: sums that start at a cut round otherwise, and another way may win by that.
 */
export function createUnigram(model: UnigramModel): TokenModel {
  const { unkId, idOfByte, looksUpRuns } = model
  const trie = new ByteTrie()
  const root = trie.addRoot()
  const utf8 = new TextEncoder()
  const scores = new Float64Array(model.tokens.reduce((size, [, id]) => Math.max(size, id + 1), 0))
  for (const [token, id, score] of model.tokens) {
    scores[id] = score
    if (token !== '') trie.add(root, utf8.encode(token), id)
  }
  const isSingle = model.precision === 'single'
  const unknownScore = isSingle ? Math.fround(model.unknownScore) : model.unknownScore
  /** The best sum at a place; only as far back as the longest token reaches. */
  const places = 1 << (32 - Math.clz32(Math.max(trie.longest, 4)))
  const ring = isSingle ? new Float32Array(places) : new Float64Array(places)
  const ringMask = ring.length - 1
  /** For each place the last token of the best way to it, and where that token starts; -1 where none ends. */
  let lastToken = new Int32Array(1024)
  let lastStart = new Int32Array(1024)

  function search(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (lastToken.length <= length || lastToken.length > Math.max(length + 1, keptPlaces)) {
      lastToken = new Int32Array(Math.max(1024, length + 1))
      lastStart = new Int32Array(lastToken.length)
    }
    lastToken.fill(-1, 0, length + 1)
    ring[0] = 0
    const { values } = trie
    for (let from = 0; from < length;) {
      if (isSingle && ring[from & ringMask]! < lowestSum) startSumsAgain(from, length)
      const sum = ring[from & ringMask]!
      const one = from + lengthOfCharacter(bytes[start + from]!)
      let isKnown = false
      let node = root
      for (let to = from; to < length;) {
        node = trie.next(node, bytes[start + to]!)
        if (node < 0) break
        to++
        const id = values[node]!
        if (id < 0) continue
        if (to === one) isKnown = true
        const candidate = isSingle ? Math.fround(scores[id]! + sum) : scores[id]! + sum
        if (lastToken[to] === -1 || candidate > ring[to & ringMask]!) {
          ring[to & ringMask] = candidate
          lastToken[to] = id
          lastStart[to] = from
        }
      }
      if (!isKnown) {
        const candidate = isSingle ? Math.fround(unknownScore + sum) : unknownScore + sum
        if (lastToken[one] === -1 || candidate > ring[one & ringMask]!) {
          if (unkId < 0) refuseUnknown(bytes.subarray(start + from, start + one))
          ring[one & ringMask] = candidate
          lastToken[one] = unkId
          lastStart[one] = from
        }
      }
      from = one
    }
  }

  /** Takes the sum at a place away from it and from the sums at the places after it. */
  function startSumsAgain(from: number, length: number): void {
    const sum = ring[from & ringMask]!
    for (let to = Math.min(length, from + trie.longest); to >= from; to--)
      if (lastToken[to] !== -1) ring[to & ringMask]! -= sum
  }

  /** Writes the ids, and where their texts end, from the last to the first; there is room for one a byte. */
  function write(bytes: Uint8Array, start: number, end: number, found: MaybeLocatedIds, at: number): number {
    const { ids: target, ends } = found
    const room = at + end - start
    let out = room
    for (let to = end - start; to > 0;) {
      let from = lastStart[to]!
      const id = lastToken[to]!
      if (id === unkId) {
        while (from > 0 && lastToken[from] === unkId) from = lastStart[from]!
        out = writeUnknown(bytes, start + from, start + to, found, out)
      } else {
        target[--out] = id
        if (ends !== undefined) ends[out] = start + to
      }
      to = from
    }
    target.copyWithin(at, out, room)
    ends?.copyWithin(at, out, room)
    return at + room - out
  }

  function writeUnknown(
    bytes: Uint8Array,
    start: number,
    end: number,
    { ids: target, ends }: MaybeLocatedIds,
    out: number,
  ): number {
    const whole = looksUpRuns ? trie.find(root, bytes, start, end) : -1
    if (whole < 0 && hasBytes(bytes, start, end)) {
      for (let i = end - 1; i >= start; i--) {
        target[--out] = idOfByte[bytes[i]!]!
        if (ends !== undefined) ends[out] = i + 1
      }
      return out
    }
    target[--out] = whole < 0 ? unkId : whole
    if (ends !== undefined) ends[out] = end
    return out
  }

  function hasBytes(bytes: Uint8Array, start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (idOfByte[bytes[i]!]! < 0) return false
    return true
  }

  const encodePiece: EncodeRange = (bytes, start, end, target, at) => {
    search(bytes, start, end)
    return write(bytes, start, end, { ids: target }, at)
  }
  return {
    encodePiece: withWordCache(encodePiece, model.cacheBytes),
    locatePiece(bytes, start, end, out, at) {
      search(bytes, start, end)
      return write(bytes, start, end, out, at)
    },
  }
}

function refuseUnknown(character: Uint8Array): never {
  throw new TokenizerError(
    'unknown-token',
    `Expected a text of known characters, got ${JSON.stringify(new TextDecoder().decode(character))}: the model has no unknown token (\`unk_id\`)`,
  )
}
