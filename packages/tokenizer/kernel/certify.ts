// Characters of two and three bytes that merging begins with as one token: certified from the merges alone.
//
// Take the merges in the order of their ranks, each at all its places from left to right, which is what merging does. A character whose own
// bytes make one token, of rank r, is made in every text where no merge below r joins one of its parts to a byte outside: until then nothing
// touches its bytes but its own merges, and they overlap with no other place, for its first byte is none of the rest. All that is merged
// below r elsewhere is merged alike whether the character is whole already or not, since no merge below r holds it. So beginning with it as
// that token changes nothing.
//
// A merge that could come in between joins a first part of the character to a token before it, or a last part to a token after it. What
// those tokens end and begin with is kept in two masks, by the last six bits of the byte before and the last five of the byte after: bytes
// that share these bits are taken for each other, which is slower but not wrong.
import { mergeOf, pairRank } from './piece'
import { leftMasks, lengths, parts, rightMasks, size, starts } from './state'

// An entry is the rank or 0, the mask of bytes after, the mask of bytes before.

/** The token that the character at `at` begins with in the piece `[start, end)`, or 0. */
// @ts-ignore: decorator
@inline
export function certifiedStart(at: usize, start: usize, end: usize): u32 {
  const length = multibyteLength(<u32>load<u8>(at))
  if (length == 0) return 0
  const entry = starts + (codeOf(at, length) << 4)
  const next = at + length
  const isJoined =
    (at > start && ((load<u64>(entry, 8) >>> <u64>(load<u8>(at - 1) & 63)) & 1) != 0) |
    (next < end && ((load<u32>(entry, 4) >>> <u32>(load<u8>(next) & 31)) & 1) != 0)
  return isJoined ? 0 : load<u32>(entry)
}

/** 2 or 3 for the first byte of a character that long, or 0. */
// @ts-ignore: decorator
@inline
function multibyteLength(byte: u32): usize {
  return byte - 0xc0 < 0x20 ? 2 : byte - 0xe0 < 0x10 ? 3 : 0
}

// @ts-ignore: decorator
@inline
function codeOf(at: usize, length: usize): usize {
  const low = <usize>load<u8>(at, 1) & 0x3f
  if (length == 2) return ((<usize>load<u8>(at) & 0x1f) << 6) | low
  return ((<usize>load<u8>(at) & 0xf) << 12) | (low << 6) | (<usize>load<u8>(at, 2) & 0x3f)
}

/** Certify what the vocabulary allows; rank r is `[offsets[r], offsets[r + 1])` of the bytes. */
export function certify(offsets: usize, bytes: usize): void {
  memory.fill(leftMasks, 0, 2048 + (8 << 10))
  memory.fill(rightMasks, 0, 2048 + (8 << 12))
  for (let rank: u32 = 256; rank < size; rank++) {
    const at = bytes + load<u32>(offsets + (rank << 2))
    const end = bytes + load<u32>(offsets + (rank << 2), 4)
    const length = end - at
    if (length == multibyteLength(<u32>load<u8>(at)) && isMade(rank, at, length)) {
      // The masks hold the merges below this rank.
      const entry = starts + (codeOf(at, length) << 4)
      const last = length == 2 ? 0 : load<u64>(rightMasks + 2048 + (lastPair(at + 1) << 3))
      const first = length == 2 ? 0 : load<u64>(leftMasks + 2048 + (firstPair(at) << 3))
      store<u32>(entry, rank)
      store<u32>(entry, <u32>(load<u64>(rightMasks + (<usize>load<u8>(end - 1) << 3)) | last), 4)
      store<u64>(entry, load<u64>(leftMasks + (<usize>load<u8>(at) << 3)) | first, 8)
    }
    addMasks(rank, at, end)
  }
}

// @ts-ignore: decorator
@inline
function firstPair(at: usize): usize {
  return ((<usize>load<u8>(at) & 0xf) << 6) | (<usize>load<u8>(at, 1) & 0x3f)
}

// @ts-ignore: decorator
@inline
function lastPair(at: usize): usize {
  return ((<usize>load<u8>(at) & 0x3f) << 6) | (<usize>load<u8>(at, 1) & 0x3f)
}

/** Whether merging the bytes of a character alone makes this rank of them; of tokens with the same bytes the merges make one. */
function isMade(rank: u32, at: usize, length: usize): bool {
  for (let i: usize = 1; i < length; i++) if (!isRest(<u32>load<u8>(at + i))) return false
  const first = pairRank(at)
  if (length == 2) return first == rank
  const last = pairRank(at + 1)
  if (first == last) return false
  const left = load<u32>(parts + (rank << 3))
  const right = load<u32>(parts + (rank << 3), 4)
  return (first < last ? left == first : right == last) && mergeOf(left, right) == rank
}

/**
 * Note the byte on the other side of a merge of a part of a character; parts are one byte, or two of a character of three. In UTF-8 no
 * first byte stands before a character, and none of the rest after one.
 */
function addMasks(rank: u32, at: usize, end: usize): void {
  const middle = at + <usize>load<u16>(lengths + (load<u32>(parts + (rank << 3)) << 1))
  const before = <u32>load<u8>(middle - 1)
  const after = <u32>load<u8>(middle)
  if (before < 0xc0 && after >= 0xc0 && end - middle <= 2) {
    const masks = leftMasks + (end - middle == 1 ? <usize>after << 3 : 2048 + (firstPair(middle) << 3))
    store<u64>(masks, load<u64>(masks) | ((<u64>1) << <u64>(before & 63)))
  }
  if (isRest(before) && !isRest(after) && middle - at <= 2 && isRest(<u32>load<u8>(at))) {
    const masks = rightMasks + (middle - at == 1 ? <usize>before << 3 : 2048 + (lastPair(at) << 3))
    store<u64>(masks, load<u64>(masks) | ((<u64>1) << <u64>(after & 31)))
  }
}

// @ts-ignore: decorator
@inline
function isRest(byte: u32): bool {
  return (byte & 0xc0) == 0x80
}
