import type { EncodeRange } from '../../bpe/piece-encoder.ts'
import { TokenizerError } from '../../errors.ts'
import { byteTokenIds } from '../byte-tokens.ts'
import { ByteTrie } from '../byte-trie.ts'
import { lengthOfCharacter } from '../character-at.ts'
import type { TokenModel } from '../token-model.ts'
import { withWordCache } from '../word-cache.ts'

/** A Unigram model. */
export interface UnigramModel {
  /** Tokens and their scores, the logarithms of their probabilities; a token's id is its place. */
  readonly vocab: readonly (readonly [token: string, score: number])[]
  /** The id of the unknown token; -1 when there is none, and a text with an unknown character is an error. */
  readonly unkId: number
  /** Whether unknown characters become the tokens of their bytes, where there are tokens for all of them. */
  readonly byteFallback: boolean
  /** The most bytes for remembering the ids of pieces. */
  readonly cacheBytes: number
}

/** How much worse an unknown character is than the worst token. */
const unknownPenalty = 10
/** As many places are kept from one piece to the next. */
const keptPlaces = 1 << 16

/**
 * Makes the encoder of a Unigram model: of all ways to write a piece as tokens, the one of the highest sum of scores, as
 * `Unigram::encode_optimized` of the `tokenizers` library finds it. Sums are of doubles, added from the left; of two ways of
 * the same sum to the same place the one found first is kept, that is the one whose last token is longer. A character without
 * a token of its own may be an unknown one, at the score of the worst token less 10. Neighbouring unknown characters are one
 * unknown token, or, where there are tokens for all bytes, their bytes.
 *
 * A piece is never cut: sums that start at a cut round otherwise, and another way may win by that.
 */
export function createUnigram({ vocab, unkId, byteFallback, cacheBytes }: UnigramModel): TokenModel {
  const trie = new ByteTrie()
  const root = trie.addRoot()
  const utf8 = new TextEncoder()
  const scores = new Float64Array(vocab.length)
  const ids = new Map<string, number>()
  let worst = Infinity
  for (const [id, [token, score]] of vocab.entries()) {
    scores[id] = score
    worst = Math.min(worst, score)
    ids.set(token, id)
    if (token !== '') trie.add(root, utf8.encode(token), id)
  }
  const unknownScore = worst - unknownPenalty
  const idOfByte = byteFallback ? byteTokenIds(ids) : new Int32Array(256).fill(-1)
  /** The best sum at a place; only as far back as the longest token reaches. */
  const ring = new Float64Array(1 << (32 - Math.clz32(Math.max(trie.longest, 4))))
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
        const candidate = scores[id]! + sum
        if (lastToken[to] === -1 || candidate > ring[to & ringMask]!) {
          ring[to & ringMask] = candidate
          lastToken[to] = id
          lastStart[to] = from
        }
      }
      if (!isKnown) {
        const candidate = unknownScore + sum
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

  /** Writes the ids, and where their texts end, from the last to the first; there is room for one a byte. */
  function write(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: Uint32Array,
    at: number,
    ends: Uint32Array | undefined,
  ): number {
    const room = at + end - start
    let out = room
    for (let to = end - start; to > 0;) {
      let from = lastStart[to]!
      const id = lastToken[to]!
      if (id === unkId) {
        while (from > 0 && lastToken[from] === unkId) from = lastStart[from]!
        out = writeUnknown(bytes, start + from, start + to, target, out, ends)
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
    target: Uint32Array,
    out: number,
    ends: Uint32Array | undefined,
  ): number {
    // Joined, unknown characters can be the text of a token; so the library looks for it.
    const whole = trie.find(root, bytes, start, end)
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
    return write(bytes, start, end, target, at, undefined)
  }
  return {
    encodePiece: withWordCache(encodePiece, cacheBytes),
    locatePiece(bytes, start, end, target, at, ends) {
      search(bytes, start, end)
      return write(bytes, start, end, target, at, ends)
    },
  }
}

function refuseUnknown(character: Uint8Array): never {
  throw new TokenizerError(
    'unknown-token',
    `Expected a text of known characters, got ${JSON.stringify(new TextDecoder().decode(character))}: the model has no unknown token (\`unk_id\`)`,
  )
}
