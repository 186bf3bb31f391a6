// Fill the tables that src/bpe/tables.ts builds in TypeScript; see there for what they are.
import { edgeMask, edges, edgeRoom, edgeShift, follows, lengths, mergeMask, merges, mergeShift, nodeOfPair, parts, rankOfByte, shorter, size } from './state'
import { certify } from './certify'
import { buildJoins } from './joins'
import { mergeHash } from './piece'

/**
 * Build the tables from `parts`, `rankOfByte` and `lengths`. At `offsets` is room for `size + 1` u32s, at `bytes` for the bytes of
 * all tokens and 16 more, at `order` for `size` u32s, at `next` for `longest + 2`. Returns false when the trie has more edges than there is room for.
 */
export function build(offsets: usize, bytes: usize, order: usize, next: usize, longest: u32): bool {
  spell(offsets, bytes)
  memory.fill(merges, 0xff, (<usize>mergeMask + 1) << 2)
  for (let rank: u32 = 256; rank < size; rank++) addMerge(rank)
  memory.fill(next, 0, (<usize>longest + 2) << 2)
  sortByLength(order, next, longest)
  buildJoins(offsets, bytes)
  if (!buildTrie(offsets, bytes, order)) return false
  certify(offsets, bytes)
  return true
}

/** Write the bytes of every rank, one after the other, and where each begins. */
function spell(offsets: usize, bytes: usize): void {
  for (let byte: u32 = 0; byte < 256; byte++) store<u8>(bytes + load<u32>(rankOfByte + (byte << 2)), byte)
  let at = bytes
  for (let rank: u32 = 0; rank < size; rank++) {
    store<u32>(offsets + (rank << 2), <u32>(at - bytes))
    if (rank < 256) {
      at++
      continue
    }
    at = copy(load<u32>(parts + (rank << 3)), offsets, bytes, at)
    at = copy(load<u32>(parts + (rank << 3), 4), offsets, bytes, at)
  }
  store<u32>(offsets + (size << 2), <u32>(at - bytes))
}

/** Copy the bytes of a rank, and up to 15 more that the next copy overwrites. */
// @ts-ignore: decorator
@inline
function copy(rank: u32, offsets: usize, bytes: usize, to: usize): usize {
  const from = bytes + load<u32>(offsets + (rank << 2))
  const length = <usize>load<u16>(lengths + (rank << 1))
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i))
  return to + length
}

// @ts-ignore: decorator
@inline
function addMerge(rank: u32): void {
  const hash = mergeHash(load<u32>(parts + (rank << 3)), load<u32>(parts + (rank << 3), 4))
  let slot = hash >>> mergeShift
  while (load<u32>(merges + (slot << 2)) != 0xffffffff) slot = (slot + 1) & mergeMask
  store<u32>(merges + (slot << 2), rank | (hash << 20))
}

/** Write the ranks in the order of their lengths, those of a length in order. `next` holds a zero for each length and one more. */
function sortByLength(order: usize, next: usize, longest: u32): void {
  for (let rank: u32 = 0; rank < size; rank++) {
    const count = next + (<usize>load<u16>(lengths + (rank << 1)) << 2)
    store<u32>(count, load<u32>(count, 4) + 1, 4)
  }
  for (let length: u32 = 1; length <= longest; length++) {
    const count = next + (<usize>length << 2)
    store<u32>(count, load<u32>(count) + load<u32>(count - 4))
  }
  for (let rank: u32 = 0; rank < size; rank++) {
    const at = next + (<usize>load<u16>(lengths + (rank << 1)) << 2)
    const place = load<u32>(at)
    store<u32>(order + (<usize>place << 2), rank)
    store<u32>(at, place + 1)
  }
}

function buildTrie(offsets: usize, bytes: usize, order: usize): bool {
  memory.fill(nodeOfPair, 0xff, 4 << 16)
  memory.fill(shorter, 0xff, <usize>size << 2)
  memory.fill(edges, 0xff, (<usize>edgeMask + 1) << 3)
  memory.fill(follows, 0, <usize>size + edgeRoom)
  let nodes = size
  let room = edgeRoom
  for (let i: u32 = 256; i < size; i++) {
    const rank = load<u32>(order + (i << 2))
    // The left part is a token, so only the right part's bytes are walked.
    let node = load<u32>(parts + (rank << 3))
    let longest = node
    let at = bytes + load<u32>(offsets + (rank << 2)) + <usize>load<u16>(lengths + (node << 1))
    const last = bytes + load<u32>(offsets + (rank << 2), 4) - 1
    for (; at <= last; at++) {
      const byte = <u32>load<u8>(at)
      const key = (node << 8) | byte
      let slot = edges + (<usize>((key * 0x9e3779b1) >>> edgeShift) << 3)
      while (load<u32>(slot) != key && load<u32>(slot) != 0xffffffff) {
        slot = edges + ((slot + 8 - edges) & ((<usize>edgeMask << 3) | 7))
      }
      let next = load<u32>(slot, 4)
      if (load<u32>(slot) != key) {
        if (room == 0) return false
        room--
        next = at == last ? rank : nodes++
        store<u32>(slot, key)
        store<u32>(slot, next, 4)
        store<u8>(follows + node, <u8>(<u32>load<u8>(follows + node) | ((<u32>1) << (byte & 7))))
        if (node < 256) {
          // The first token of a byte's length is that byte.
          const first = <u32>load<u8>(bytes + node)
          store<u32>(nodeOfPair + (((first << 8) | byte) << 2), next)
        }
      }
      if (next < size && next != rank) longest = next
      node = next
    }
    store<u32>(shorter + (rank << 2), longest)
  }
  return true
}
