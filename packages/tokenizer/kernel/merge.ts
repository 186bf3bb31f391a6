import { certifiedStart } from './certify'
import { charLength } from './joins'
import { encodePiece, mergeOf, none, pairRank } from './piece'
import { idOfRank, rankOfByte, tokens } from './state'

// Short pieces are merged as the definition of BPE says: the pair of the lowest rank first, the leftmost of several. What the pair
// at each place gives is in the lanes of four vectors as `rank << 4 | place`, so that the least of them is the next merge.

// @ts-ignore: decorator
@inline
function withLane(lanes: v128, numbers: v128, at: v128, value: v128): v128 {
  return v128.bitselect(value, lanes, v128.eq<u32>(numbers, at))
}

/** `rank << 4 | place`, or none. */
// @ts-ignore: decorator
@inline
function entry(rank: u32, place: u32): u32 {
  return rank == none ? none : (rank << 4) | place
}

/** Write the ids of the ASCII piece of `length` bytes at `at`, 1 to 15 of them, to `out` and return where they end. */
export function mergePiece(at: usize, length: u32, out: usize): usize {
  noPairs()
  for (let i: u32 = 0; i + 1 < length; i++) store<u32>(pairs() + (i << 2), entry(pairRank(at + i), i))
  for (let i: u32 = 0; i < length; i++) store<u32>(tokens + (i << 2), load<u32>(rankOfByte + (<u32>load<u8>(at + i) << 2)))
  return mergeTokens(length, out)
}

/**
 * The same for a piece of any characters: those that are sure to be merged to a token first begin as that token. Pieces of more than 16
 * tokens to begin with are left to `encodePiece`.
 */
export function mergeCharacters(start: usize, end: usize, out: usize): usize {
  noPairs()
  let count: u32 = 0
  let last: u32 = 0
  let at = start
  while (at < end) {
    const byte = <u32>load<u8>(at)
    let token = byte < 0x80 ? 0 : certifiedStart(at, start, end)
    const bytes: usize = token == 0 ? 1 : <usize>charLength(byte)
    if (token == 0) token = load<u32>(rankOfByte + (byte << 2))
    if (count == 16) return encodePiece(start, end, out)
    store<u32>(tokens + (count << 2), token)
    // The node of two bytes is at hand; the pair of a byte and a character is not.
    if (count != 0) {
      const rank = (last | token) < 256 ? pairRank(at - 1) : mergeOf(last, token)
      store<u32>(pairs() + ((count - 1) << 2), entry(rank, count - 1))
    }
    last = token
    count++
    at += bytes
  }
  return mergeTokens(count, out)
}

/** Where the pairs are written before they are lanes. */
// @ts-ignore: decorator
@inline
function pairs(): usize {
  return tokens + 64
}

// @ts-ignore: decorator
@inline
function noPairs(): void {
  v128.store(pairs(), i32x4.splat(-1))
  v128.store(pairs(), i32x4.splat(-1), 16)
  v128.store(pairs(), i32x4.splat(-1), 32)
  v128.store(pairs(), i32x4.splat(-1), 48)
}

/** Merge the first `length` tokens of the scratch memory, whose pairs are there as well. */
function mergeTokens(length: u32, out: usize): usize {
  const zero = i32x4(0, 1, 2, 3)
  const one = i32x4(4, 5, 6, 7)
  const two = i32x4(8, 9, 10, 11)
  const three = i32x4(12, 13, 14, 15)
  let a = v128.load(pairs())
  let b = v128.load(pairs(), 16)
  let c = v128.load(pairs(), 32)
  let d = v128.load(pairs(), 48)
  /** Bit i: a token starts at place i. */
  let starts: u32 = (1 << length) - 1
  while (true) {
    let least = v128.min<u32>(v128.min<u32>(a, b), v128.min<u32>(c, d))
    least = v128.min<u32>(least, v128.shuffle<u32>(least, least, 2, 3, 0, 1))
    least = v128.min<u32>(least, v128.shuffle<u32>(least, least, 1, 0, 3, 2))
    const merge = v128.extract_lane<u32>(least, 0)
    if (merge == none) break
    const i = merge & 15
    const rank = merge >>> 4
    const rightStarts = starts & ~((2 << i) - 1)
    const j = ctz(rightStarts)
    starts ^= 1 << j
    store<u32>(tokens + (i << 2), rank)
    const after = rightStarts & (rightStarts - 1)
    let joined = none
    if (after != 0) joined = entry(mergeOf(rank, load<u32>(tokens + (ctz(after) << 2))), i)
    const iLanes = i32x4.splat(i)
    const jLanes = i32x4.splat(j)
    const iValue = i32x4.splat(joined)
    const jValue = i32x4.splat(-1)
    a = withLane(withLane(a, zero, iLanes, iValue), zero, jLanes, jValue)
    b = withLane(withLane(b, one, iLanes, iValue), one, jLanes, jValue)
    c = withLane(withLane(c, two, iLanes, iValue), two, jLanes, jValue)
    d = withLane(withLane(d, three, iLanes, iValue), three, jLanes, jValue)
    const before = starts & ((1 << i) - 1)
    if (before != 0) {
      const p = 31 - clz(before)
      const pLanes = i32x4.splat(p)
      const pValue = i32x4.splat(entry(mergeOf(load<u32>(tokens + (p << 2)), rank), p))
      a = withLane(a, zero, pLanes, pValue)
      b = withLane(b, one, pLanes, pValue)
      c = withLane(c, two, pLanes, pValue)
      d = withLane(d, three, pLanes, pValue)
    }
  }
  while (starts != 0) {
    const rank = load<u32>(tokens + (ctz(starts) << 2))
    store<u32>(out, idOfRank == 0 ? rank : load<u32>(idOfRank + (rank << 2)))
    out += 4
    starts &= starts - 1
  }
  return out
}
