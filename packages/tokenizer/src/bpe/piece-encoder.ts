import { edgeSlot, type BpeTables } from './tables.ts'

/** Bytes before the end of a text that repeats itself from which on every token is chosen again. */
const horizon = 1024

/**
 * How many more times the `length` bytes before `at` stand in a row from there on, a {@link horizon} left out. A token that may stand beside
 * itself may be written as often: tokens that may all stand side by side are the ones that merging gives, and there is only one such
 * sequence. Where it leads to no end, its tokens are taken back like any others.
 */
function repeats(bytes: Uint8Array, at: number, end: number, length: number): number {
  let same = at
  while (same < end && bytes[same] === bytes[same - length]) same++
  return Math.floor((same - at - horizon) / length)
}

/** Reads `bytes[start, end)`, writes numbers to `target` from `at` on, and returns where they end. */
export type EncodeRange = (
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint32Array,
  at: number,
) => number

/** Encodes one piece (what a pre-tokenizer cuts) to ranks. */
export interface PieceEncoder {
  /**
   * Write the ranks of `bytes[start, end)` to `target` from `at` on and return where they end.
   * There must be room for one rank a byte.
   */
  readonly encodePiece: EncodeRange
}

/**
 * BPE by backtracking over longest matches, in time linear in the piece, as in the `bpe` crate of GitHub's rust-gems:
 * tokens are placed from the left, longest first, and a token is kept only if merging would not have joined across its
 * left edge. By the crate's corollaries the first sequence to reach the end that way is the one merging gives.
 */
export function createPieceEncoder(tables: BpeTables): PieceEncoder {
  const { size, lengths, shorter, rankOfByte, nodeOfPair, edges, edgeShift, merges } = tables
  const edgeMask = edges.length / 2 - 1
  /** Marks offsets in the piece from which the end cannot be reached. All zero between calls. */
  let dead = new Uint8Array(1024)

  /** The longest token that starts at `at`. */
  function longestMatch(bytes: Uint8Array, at: number, end: number): number {
    let best = rankOfByte[bytes[at]!]!
    if (at + 1 >= end) return best
    let node = nodeOfPair[(bytes[at]! << 8) | bytes[at + 1]!]!
    for (let i = at + 2; node >= 0; i++) {
      if (node < size) best = node
      if (i >= end) break
      const key = (node << 8) | bytes[i]!
      let slot = edgeSlot(key, edgeShift)
      let found = edges[2 * slot]!
      while (found !== key && found !== -1) {
        slot = (slot + 1) & edgeMask
        found = edges[2 * slot]!
      }
      node = found === key ? edges[2 * slot + 1]! : -1
    }
    return best
  }

  function encodePiece(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: Uint32Array,
    at: number,
  ): number {
    let token = longestMatch(bytes, start, end)
    let pos = start
    let out = at
    let last = -1
    let anyDead = false
    for (;;) {
      const next = pos + lengths[token]!
      if ((!anyDead || dead[next - start] === 0) && (last < 0 || merges.isValidPair(last, token))) {
        target[out++] = token
        if (next === end) break
        pos = next
        if (token === last && end - next > horizon) {
          const length = lengths[token]!
          for (let left = repeats(bytes, next, end, length); left > 0; left--) {
            if (anyDead && dead[pos + length - start] !== 0) break
            target[out++] = token
            pos += length
          }
        }
        last = token
        token = longestMatch(bytes, pos, end)
        continue
      }
      const prefix = shorter[token]!
      if (prefix >= 0) {
        token = prefix
        continue
      }
      // Nothing fits from here: take the last token back and try a shorter one in its place.
      if (dead.length <= end - start) dead = new Uint8Array(2 * (end - start))
      dead[pos - start] = 1
      anyDead = true
      out--
      token = last
      pos -= lengths[token]!
      last = out > at ? target[out - 1]! : -1
    }
    if (anyDead) dead.fill(0, 0, end - start + 1)
    return out
  }

  return { encodePiece }
}
