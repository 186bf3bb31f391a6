// Where a piece can be cut before it is merged: between two characters that stand side by side in no token. A merge that joins
// across an edge makes a token with that edge inside, so there is none, and what is merged on either side is merged alone.
//
// Both tables are sets of hashes: an edge found in one by chance is not cut, which is slower but not wrong.
import { bytePairs, joins, size } from './state'

const bitsShift: u32 = 14
const pairShift: u32 = 19

/** The number of bytes of the character that starts with `b0`. */
// @ts-ignore: decorator
@inline
export function charLength(b0: u32): u32 {
  return 1 + u32(b0 >= 0xc0) + u32(b0 >= 0xe0) + u32(b0 >= 0xf0)
}

/** The bytes of the character of `length` bytes at `at`, as a number. */
// @ts-ignore: decorator
@inline
export function charBytes(at: usize, length: u32): u32 {
  return load<u32>(at) & (0xffffffff >>> (32 - (length << 3)))
}

// @ts-ignore: decorator
@inline
function joinHash(left: u32, right: u32): u32 {
  return ((left * 0x9e3779b1) ^ (right * 0x85ebca6b)) * 0xc2b2ae35
}

// @ts-ignore: decorator
@inline
function has(table: usize, hash: u32): bool {
  return ((<u32>load<u8>(table + (hash >>> 3)) >>> (hash & 7)) & 1) != 0
}

// @ts-ignore: decorator
@inline
function add(table: usize, hash: u32): void {
  store<u8>(table + (hash >>> 3), <u8>(<u32>load<u8>(table + (hash >>> 3)) | (1 << (hash & 7))))
}

/** Whether a token may hold the edge between two characters, of which one at least is not ASCII. */
// @ts-ignore: decorator
@inline
export function canJoin(left: u32, right: u32, lastByte: u32): bool {
  if (has(joins, joinHash(left, right) >>> bitsShift)) return true
  return (
    has(bytePairs, joinHash(left, 0) >>> pairShift) |
    has(bytePairs, joinHash(0, right) >>> pairShift) |
    has(bytePairs, joinHash(lastByte, 0xffffff00 | (right & 0xff)) >>> pairShift)
  )
}

/** Bytes of the two tables. */
export const joinsLength: usize = 1 << (32 - 14 - 3)
export const bytePairsLength: usize = 1 << (32 - 19 - 3)

/** Fill both tables with the edges inside of all tokens; rank r is `[offsets[r], offsets[r + 1])` of the bytes. */
export function buildJoins(offsets: usize, bytes: usize): void {
  memory.fill(joins, 0, joinsLength)
  memory.fill(bytePairs, 0, bytePairsLength)
  for (let rank: u32 = 256; rank < size; rank++) {
    addEdges(bytes + load<u32>(offsets + (rank << 2)), bytes + load<u32>(offsets + (rank << 2), 4))
  }
}

function addEdges(start: usize, end: usize): void {
  let at = start
  while (at < end && (load<u8>(at) & 0xc0) == 0x80) at++
  if (at == end) return
  let length = charLength(<u32>load<u8>(at))
  // A character may lack bytes at the token's edges: then it stands for all that it can be a part of.
  if (at > start) {
    if (at + length > end) {
      add(bytePairs, joinHash(<u32>load<u8>(at - 1), 0xffffff00 | <u32>load<u8>(at)) >>> pairShift)
    } else {
      add(bytePairs, joinHash(0, charBytes(at, length)) >>> pairShift)
    }
  }
  while (at + length < end) {
    const left = charBytes(at, length)
    at += length
    length = charLength(<u32>load<u8>(at))
    if (at + length > end) add(bytePairs, joinHash(left, 0) >>> pairShift)
    else if ((left | load<u8>(at)) >= 0x80) add(joins, joinHash(left, charBytes(at, length)) >>> bitsShift)
  }
}
