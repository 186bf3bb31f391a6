// The same algorithm as src/bpe/piece-encoder.ts and src/bpe/merge-table.ts; see there for why it is right.
import {
  dead,
  edgeMask,
  edges,
  edgeShift,
  follows,
  idOfRank,
  lengths,
  mergeMask,
  merges,
  mergeShift,
  nodeOfPair,
  pairCache,
  pairShift,
  parts,
  rankOfByte,
  shorter,
  size,
} from './state'

// @ts-ignore: decorator
@inline
function longestMatch(at: usize, end: usize): u32 {
  const first = <u32>load<u8>(at)
  let best = load<u32>(rankOfByte + (first << 2))
  let i = at + 1
  if (i >= end) return best
  let node = load<i32>(nodeOfPair + (((first << 8) | <u32>load<u8>(i)) << 2))
  while (node >= 0) {
    if (<u32>node < size) best = <u32>node
    if (++i >= end) break
    const byte = <u32>load<u8>(i)
    if (((<u32>load<u8>(follows + node) >>> (byte & 7)) & 1) == 0) break
    const key = (<u32>node << 8) | byte
    let slot = (key * 0x9e3779b1) >>> edgeShift
    let entry = load<u64>(edges + (slot << 3))
    while (<u32>entry != key) {
      if (<u32>entry == 0xffffffff) return best
      slot = (slot + 1) & edgeMask
      entry = load<u64>(edges + (slot << 3))
    }
    node = <i32>(entry >>> 32)
  }
  return best
}

// @ts-ignore: decorator
@inline
export function mergeHash(a: u32, b: u32): u32 {
  const hash = (a * 0x85ebca6b) ^ (b * 0xc2b2ae35)
  return (hash ^ (hash >>> 15)) * 0x9e3779b1
}

// @ts-ignore: decorator
@inline
export function mergeOf(a: u32, b: u32): u32 {
  const hash = mergeHash(a, b)
  const tag = hash << 20
  let slot = hash >>> mergeShift
  let result: u32 = 0xffffffff
  while (true) {
    const entry = load<u32>(merges + (slot << 2))
    if (entry == 0xffffffff) break
    if (((entry ^ tag) & 0xfff00000) == 0) {
      const rank = entry & 0xfffff
      if (load<u64>(parts + (rank << 3)) == (<u64>a | (<u64>b << 32))) {
        result = rank
        break
      }
    }
    slot = (slot + 1) & mergeMask
  }
  return result
}

export const none: u32 = 0xffffffff

/** The rank that the two bytes at `at` make, or none. */
// @ts-ignore: decorator
@inline
export function pairRank(at: usize): u32 {
  // The node of a token is its rank.
  const node = load<u32>(nodeOfPair + (((<u32>load<u8>(at) << 8) | <u32>load<u8>(at, 1)) << 2))
  return node < size ? node : none
}

/** Whether two tokens may stand side by side; remembered, for to find out takes a handful of look-ups far apart. */
// @ts-ignore: decorator
@inline
function isValidPair(a: u32, b: u32): bool {
  const key = (((<u64>a << 20) | <u64>b) + 1) << 1
  const slot = pairCache + (<usize>((key * 0x9e3779b97f4a7c15) >>> pairShift) << 3)
  const entry = load<u64>(slot)
  let valid = (entry & 1) != 0
  if ((entry & ~1) != key) {
    valid = checkPair(a, b)
    store<u64>(slot, key | <u64>valid)
  }
  return valid
}

function checkPair(a: u32, b: u32): bool {
  let limit: u32 = 0xffffffff
  while (true) {
    // No merge is 0xffffffff, which is not below any limit.
    if (mergeOf(a, b) < limit) return false
    if (a > b) {
      limit = a
      a = load<u32>(parts + (a << 3), 4)
      if (a == limit) {
        limit = b + 1
        b = load<u32>(parts + (b << 3))
        if (b + 1 == limit) return true
      }
    } else {
      limit = b + 1
      b = load<u32>(parts + (b << 3))
      if (b + 1 == limit) {
        limit = a
        a = load<u32>(parts + (a << 3), 4)
        if (a == limit) return true
      }
    }
  }
}

const horizon: usize = 1024

/** How many more times the `length` bytes before `at` stand in a row from there on, a horizon left out. */
function repeats(at: usize, end: usize, length: usize): i32 {
  let same = at
  while (same < end && load<u8>(same) == load<u8>(same - length)) same++
  return same - at < horizon ? 0 : <i32>((same - at - horizon) / length)
}

/** Write the ids of the piece `[start, end)` to `out` and return where they end. */
export function encodePiece(start: usize, end: usize, out: usize): usize {
  let token = longestMatch(start, end)
  let pos = start
  let at = out
  let last: u32 = 0xffffffff
  let anyDead = false
  while (true) {
    const next = pos + <usize>load<u16>(lengths + (token << 1))
    if ((!anyDead || load<u8>(dead + (next - start)) == 0) && (last == 0xffffffff || isValidPair(last, token))) {
      store<u32>(at, token)
      at += 4
      if (next == end) break
      pos = next
      if (token == last && end - next > horizon) {
        const length = <usize>load<u16>(lengths + (token << 1))
        for (let left = repeats(next, end, length); left > 0; left--) {
          if (anyDead && load<u8>(dead + (pos + length - start)) != 0) break
          store<u32>(at, token)
          at += 4
          pos += length
        }
      }
      last = token
      token = longestMatch(pos, end)
      continue
    }
    const prefix = load<i32>(shorter + (token << 2))
    if (prefix >= 0) {
      token = <u32>prefix
      continue
    }
    store<u8>(dead + (pos - start), 1)
    anyDead = true
    at -= 4
    token = last
    pos -= <usize>load<u16>(lengths + (token << 1))
    last = at > out ? load<u32>(at - 4) : 0xffffffff
  }
  if (anyDead) memory.fill(dead, 0, end - start + 1)
  if (idOfRank != 0) {
    for (let i = out; i < at; i += 4) store<u32>(i, load<u32>(idOfRank + (load<u32>(i) << 2)))
  }
  return at
}
