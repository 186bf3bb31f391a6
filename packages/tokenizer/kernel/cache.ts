import { canJoin, charBytes, charLength } from './joins'
import { mergeCharacters, mergePiece } from './merge'
import { idOfRank, keyMasks, longCache, longIndex, longShift, pieceList, shortCache, shortShift } from './state'

// An entry is the piece's bytes with its length in the last byte of the key (so that an empty entry, all zero, is no
// piece's), then its ids, three bytes each, then their number.
const shortIds: u32 = 4
const longIds: u32 = 10

// @ts-ignore: decorator
@inline
function mix(low: u64, high: u64): u64 {
  return (low ^ (high * 0x9e3779b97f4a7c15)) * 0xff51afd7ed558ccd
}

// @ts-ignore: decorator
@inline
function shortKey(at: usize, length: usize): v128 {
  const masks = keyMasks + (length << 5)
  return v128.or(v128.and(v128.load(at), v128.load(masks)), v128.load(masks, 16))
}

// @ts-ignore: decorator
@inline
function shortSet(key: v128): usize {
  const hash = mix(v128.extract_lane<u64>(key, 0), v128.extract_lane<u64>(key, 1))
  return shortCache + (<usize>(hash >>> shortShift) << 6)
}

/** Write the ids of the pieces that start where the list says, up to its last entry. May write 40 bytes too many. */
export function emitPieces(listEnd: usize, out: usize): usize {
  let at = <usize>load<u32>(pieceList)
  for (let list = pieceList; list < listEnd; list += 4) {
    const next = <usize>load<u32>(list, 4)
    const length = next - at
    if (length < 16) {
      const key = shortKey(at, length)
      const set = shortSet(key)
      const isFirst = !v128.any_true(v128.xor(key, v128.load(set)))
      const isSecond = !v128.any_true(v128.xor(key, v128.load(set, 32)))
      if (isFirst | isSecond) {
        out = emitEntry(select<usize>(set, set + 32, isFirst), out)
      } else {
        out = missShort(at, length, out, key, set)
      }
    } else if (length < 32 && !isAsian(at)) {
      out = emitLong(at, length, out)
    } else {
      out = cutPiece(at, next, out)
    }
    at = next
  }
  return out
}

/** Whether three-byte characters from U+3000 on begin the piece: long ones seldom come again, and are cut into parts that do. */
// @ts-ignore: decorator
@inline
function isAsian(at: usize): bool {
  return v128.any_true(v128.ge<u8>(v128.load(at), i8x16.splat(<i8>0xe3)))
}

/**
 * A piece that no short entry has: answers of more ids than a short entry holds are in long ones, under a key whose second half is zero, which
 * is no long piece's.
 */
function missShort(at: usize, length: usize, out: usize, key: v128, set: usize): usize {
  const isAscii = v128.bitmask<u8>(key) == 0
  if (length <= shortIds) {
    const end = isAscii ? mergePiece(at, <u32>length, out) : cutPiece(at, at + length, out)
    rememberShort(key, set, out, end)
    return end
  }
  const none = i32x4.splat(0)
  const slot = longSlot(key, none)
  const entry = longCache + (<usize>load<u32>(slot) << 6)
  if (isEntry(entry, key, none)) return emitLongEntry(entry, out)
  const end = isAscii ? mergePiece(at, <u32>length, out) : cutPiece(at, at + length, out)
  if (<u32>(end - out) >>> 2 <= shortIds) rememberShort(key, set, out, end)
  else rememberLong(slot, entry, key, none, out, end)
  return end
}

/** Write the ids of an entry. */
// @ts-ignore: decorator
@inline
function emitEntry(entry: usize, out: usize): usize {
  const ids = v128.load(entry, 16)
  v128.store(out, v128.swizzle(ids, i8x16(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1)))
  return out + (<usize>load<u8>(entry, 28) << 2)
}

/** The newer of the two entries comes first; the older one is given up. */
// @ts-ignore: decorator
@inline
function makeRoom(key: v128, set: usize): void {
  v128.store(set, v128.load(set), 32)
  v128.store(set, v128.load(set, 16), 48)
  v128.store(set, key)
}

function rememberShort(key: v128, set: usize, out: usize, end: usize): void {
  const count = <u32>(end - out) >>> 2
  if (count > shortIds) return
  makeRoom(key, set)
  storeIds(out, count, set + 16)
  store<u8>(set, <u8>count, 28)
}

/** Encode a piece in parts that no token joins. */
function cutPiece(start: usize, end: usize, out: usize): usize {
  let from = start
  let length = charLength(<u32>load<u8>(start))
  let left = charBytes(start, length)
  let at = start + length
  while (at < end) {
    length = charLength(<u32>load<u8>(at))
    const right = charBytes(at, length)
    if ((left | right) >= 0x80 && !canJoin(left, right, <u32>load<u8>(at - 1))) {
      out = emitPart(from, at, out)
      from = at
    }
    left = right
    at += length
  }
  return emitPart(from, end, out)
}

/** Encode a part of a piece that is not to be cut further. */
// @ts-ignore: decorator
@inline
function emitPart(at: usize, end: usize, out: usize): usize {
  const length = end - at
  if (length >= 16) return mergeCharacters(at, end, out)
  const key = shortKey(at, length)
  const set = shortSet(key)
  const isFirst = !v128.any_true(v128.xor(key, v128.load(set)))
  const isSecond = !v128.any_true(v128.xor(key, v128.load(set, 32)))
  if (isFirst | isSecond) return emitEntry(select<usize>(set, set + 32, isFirst), out)
  const after = mergeCharacters(at, end, out)
  rememberShort(key, set, out, after)
  return after
}

/** Remember the first `count` ranks, which are pieces as often as not; rank r is `[offsets[r], offsets[r + 1])` of the bytes. */
export function seed(bytes: usize, offsets: usize, count: u32): void {
  // The lowest ranks, the most frequent, come last and so stay.
  for (let rank = count; rank > 0; ) {
    rank--
    const at = bytes + load<u32>(offsets + (rank << 2))
    const length = bytes + load<u32>(offsets + (rank << 2), 4) - at
    if (length >= 16) continue
    const key = shortKey(at, length)
    const set = shortSet(key)
    makeRoom(key, set)
    store<u32>(set, idOfRank == 0 ? rank : load<u32>(idOfRank + (rank << 2)), 16)
    store<u8>(set, 1, 28)
  }
}

/** Entries in use: as many as hashes met, one after the other, so that few pieces touch few pages of memory. */
let longCount: u32 = 0

function emitLong(at: usize, length: usize, out: usize): usize {
  const masks = keyMasks + (length << 5)
  const low = v128.load(at)
  const high = v128.or(v128.and(v128.load(at, 16), v128.load(masks)), v128.load(masks, 16))
  const slot = longSlot(low, high)
  const entry = longCache + (<usize>load<u32>(slot) << 6)
  if (isEntry(entry, low, high)) return emitLongEntry(entry, out)
  const end = cutPiece(at, at + length, out)
  rememberLong(slot, entry, low, high, out, end)
  return end
}

/** Where the index says which entry may have a key. */
// @ts-ignore: decorator
@inline
function longSlot(low: v128, high: v128): usize {
  const hash = mix(
    mix(v128.extract_lane<u64>(low, 0), v128.extract_lane<u64>(low, 1)) ^ v128.extract_lane<u64>(high, 0),
    v128.extract_lane<u64>(high, 1),
  )
  return longIndex + (<usize>(hash >>> longShift) << 2)
}

// @ts-ignore: decorator
@inline
function isEntry(entry: usize, low: v128, high: v128): bool {
  return !v128.any_true(v128.or(v128.xor(low, v128.load(entry)), v128.xor(high, v128.load(entry, 16))))
}

// @ts-ignore: decorator
@inline
function emitLongEntry(entry: usize, out: usize): usize {
  const spread = i8x16(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1)
  v128.store(out, v128.swizzle(v128.load(entry, 32), spread))
  v128.store(out, v128.swizzle(v128.load(entry, 44), spread), 16)
  v128.store(out, v128.swizzle(v128.load(entry, 48), i8x16(8, 9, 10, -1, 11, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1)), 32)
  return out + (<usize>load<u8>(entry, 62) << 2)
}

// @ts-ignore: decorator
@inline
function rememberLong(slot: usize, entry: usize, low: v128, high: v128, out: usize, end: usize): void {
  const count = <u32>(end - out) >>> 2
  if (count > longIds) return
  if (entry == longCache) {
    entry += <usize>++longCount << 6
    store<u32>(slot, longCount)
  }
  v128.store(entry, low)
  v128.store(entry, high, 16)
  storeIds(out, count, entry + 32)
  store<u8>(entry, <u8>count, 62)
}

function storeIds(from: usize, count: u32, to: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const id = load<u32>(from + (i << 2))
    store<u16>(to, <u16>id)
    store<u8>(to, <u8>(id >>> 16), 2)
    to += 3
  }
}
