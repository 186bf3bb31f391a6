import {
  ranksByLength,
  tokenBytes,
  type TokenBytes,
  tokenLengths,
  type Vocabulary,
} from '../vocabulary/vocabulary.ts'
import { MergeTable } from './merge-table.ts'

/**
 * What the encoder looks up, as flat arrays in rank space.
 *
 * The tokens form a trie. A node that ends a token has the token's rank for its number; the others follow from `size` on.
 */
export interface BpeTables extends TokenBytes {
  /** Number of ranks. */
  readonly size: number
  /** Bytes of each rank. */
  readonly lengths: Uint32Array
  /** The longest rank that is a proper prefix of this one, or -1. */
  readonly shorter: Int32Array
  readonly rankOfByte: Uint32Array
  /** Trie nodes reached by two bytes, at `first << 8 | second`; -1 where no token starts so. */
  readonly nodeOfPair: Int32Array
  /**
   * The trie's edges, two words a slot: `node << 8 | byte` (-1 when free), then the node it leads to.
   * Open addressing.
   */
  readonly edges: Int32Array
  /** 32 less the logarithm of the number of slots. */
  readonly edgeShift: number
  readonly merges: MergeTable
}

/** The slot to look at first for an edge. */
export function edgeSlot(key: number, shift: number): number {
  return Math.imul(key, 0x9e3779b1) >>> shift
}

/** Build the tables of `vocabulary`: some hundred nanoseconds a rank. */
export function buildTables(vocabulary: Vocabulary): BpeTables {
  const { size, left, right, byteOfRank } = vocabulary
  const spelled = tokenBytes(vocabulary)
  const lengths = tokenLengths(vocabulary)
  const rankOfByte = new Uint32Array(256)
  for (let rank = 0; rank < 256; rank++) rankOfByte[byteOfRank[rank]!] = rank
  const merges = new MergeTable(size)
  for (let rank = 256; rank < size; rank++) merges.add(left[rank]!, right[rank]!)
  return { size, ...spelled, lengths, rankOfByte, merges, ...buildTrie(vocabulary, spelled, lengths) }
}

type Trie = Pick<BpeTables, 'shorter' | 'nodeOfPair' | 'edges' | 'edgeShift'>

function buildTrie(
  { size, left, byteOfRank }: Vocabulary,
  { bytes, offsets }: TokenBytes,
  lengths: Uint32Array,
): Trie {
  // A prefix is shorter than its token: in the order of lengths, a new node is known to end a token or not.
  const ranks = ranksByLength(lengths)
  const shorter = new Int32Array(size).fill(-1)
  const nodeOfPair = new Int32Array(65536).fill(-1)
  let table = new EdgeTable(2 * size)
  let nodes = size
  for (let i = 256; i < size; i++) {
    const rank = ranks[i]!
    // The left part is a token, so only the right part's bytes are walked.
    let node = left[rank]!
    let longest = node
    const last = offsets[rank + 1]! - 1
    for (let at = offsets[rank]! + lengths[node]!; at <= last; at++) {
      const key = (node << 8) | bytes[at]!
      let next = table.find(key)
      if (next < 0) {
        next = at === last ? rank : nodes++
        if (table.isFull) table = table.grown()
        table.add(key, next)
        if (node < 256) nodeOfPair[(byteOfRank[node]! << 8) | bytes[at]!] = next
      }
      if (next < size && next !== rank) longest = next
      node = next
    }
    shorter[rank] = longest
  }
  return { shorter, nodeOfPair, edges: table.slots, edgeShift: table.shift }
}

/** How full the table of edges gets: a smaller table that the processor's caches hold is faster than a sparser one. */
const fullest = 13 / 16

/** The logarithm of the number of slots for `edges` edges. */
export function edgeTableBits(edges: number): number {
  return 32 - Math.clz32(Math.max(edges / fullest, 1 << 10))
}

/** The most edges in a table whose number of slots is given by its logarithm. */
export function edgeTableRoom(bits: number): number {
  return Math.floor(fullest * (1 << bits))
}

/** The edges while they are added. */
class EdgeTable {
  readonly slots: Int32Array
  readonly shift: number
  readonly #mask: number
  #room: number

  constructor(edges: number) {
    const bits = edgeTableBits(edges)
    this.slots = new Int32Array(2 << bits).fill(-1)
    this.shift = 32 - bits
    this.#mask = (1 << bits) - 1
    this.#room = edgeTableRoom(bits)
  }

  get isFull(): boolean {
    return this.#room === 0
  }

  find(key: number): number {
    let slot = edgeSlot(key, this.shift)
    for (;;) {
      const found = this.slots[2 * slot]!
      if (found === key) return this.slots[2 * slot + 1]!
      if (found === -1) return -1
      slot = (slot + 1) & this.#mask
    }
  }

  add(key: number, node: number): void {
    let slot = edgeSlot(key, this.shift)
    while (this.slots[2 * slot] !== -1) slot = (slot + 1) & this.#mask
    this.slots[2 * slot] = key
    this.slots[2 * slot + 1] = node
    this.#room--
  }

  grown(): EdgeTable {
    const grown = new EdgeTable((fullest * this.slots.length) / 2)
    for (let i = 0; i < this.slots.length; i += 2) {
      if (this.slots[i] !== -1) grown.add(this.slots[i]!, this.slots[i + 1]!)
    }
    return grown
  }
}
