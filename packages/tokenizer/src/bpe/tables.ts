import { tokenBytes, type TokenBytes, type Vocabulary } from '../vocabulary/vocabulary.ts'

/**
 * What the encoder looks up, as flat arrays in rank space.
 *
 * Two open-addressed hash tables with linear probing, at most half full, their sizes powers of two: the edges of the
 * trie of all tokens, and the merges.
 */
export interface BpeTables extends TokenBytes {
  readonly vocabulary: Vocabulary
  /** Bytes of each rank. */
  readonly lengths: Uint32Array
  /** The longest rank that is a proper prefix of this one, or -1. */
  readonly shorter: Int32Array
  /** Trie nodes reached by two bytes, at `first << 8 | second`; -1 where no token starts so. */
  readonly nodeOfPair: Int32Array
  /** Trie edges, two words a slot: `node << 8 | byte` (-1 when free), then the node it leads to. */
  readonly edges: Int32Array
  readonly edgeShift: number
  /** The rank that ends at a trie node, or -1. */
  readonly rankOfNode: Int32Array
  /** Merges: the rank that two ranks make; -1 when free. A slot is verified against `left` and `right`. */
  readonly merges: Int32Array
  readonly mergeShift: number
}

/** The slot to look at first; `shift` is 32 less the logarithm of the number of slots. */
export function edgeSlot(node: number, byte: number, shift: number): number {
  return Math.imul((node << 8) | byte, 0x9e3779b1) >>> shift
}

/** The slot to look at first for the merge of two ranks. */
export function mergeSlot(left: number, right: number, shift: number): number {
  return Math.imul(Math.imul(left, 0x85ebca6b) ^ right, 0x9e3779b1) >>> shift
}

/** Build the tables of `vocabulary`; tens of milliseconds for 200,000 ranks. */
export function buildTables(vocabulary: Vocabulary): BpeTables {
  const spelled = tokenBytes(vocabulary)
  const { size } = vocabulary
  const lengths = new Uint32Array(size)
  for (let rank = 0; rank < size; rank++) lengths[rank] = spelled.offsets[rank + 1]! - spelled.offsets[rank]!
  return { vocabulary, ...spelled, lengths, ...buildMerges(vocabulary), ...buildTrie(vocabulary, spelled) }
}

function buildMerges({ size, left, right }: Vocabulary): Pick<BpeTables, 'merges' | 'mergeShift'> {
  const bits = slotBits(size)
  const merges = new Int32Array(1 << bits).fill(-1)
  const mask = merges.length - 1
  const mergeShift = 32 - bits
  for (let rank = 256; rank < size; rank++) {
    let slot = mergeSlot(left[rank]!, right[rank]!, mergeShift)
    while (merges[slot] !== -1) slot = (slot + 1) & mask
    merges[slot] = rank
  }
  return { merges, mergeShift }
}

type Trie = Pick<BpeTables, 'nodeOfPair' | 'edges' | 'edgeShift' | 'rankOfNode' | 'shorter'>

function buildTrie({ size, left, byteOfRank }: Vocabulary, { bytes, offsets }: TokenBytes): Trie {
  // Most tokens add one node or two; the table is rebuilt larger should a vocabulary need more.
  for (let bits = slotBits(Math.ceil(size * 1.6)); ; bits++) {
    const capacity = 1 << (bits - 1)
    const edges = new Int32Array(2 << bits).fill(-1)
    const mask = (1 << bits) - 1
    const edgeShift = 32 - bits
    const parentOfNode = new Int32Array(capacity)
    const rankOfNode = new Int32Array(capacity).fill(-1)
    const nodeOfRank = new Int32Array(size)
    const nodeOfPair = new Int32Array(65536).fill(-1)
    for (let byte = 0; byte < 256; byte++) parentOfNode[byte] = -1
    // The node of a single byte is the byte itself.
    for (let rank = 0; rank < 256; rank++) {
      nodeOfRank[rank] = byteOfRank[rank]!
      rankOfNode[byteOfRank[rank]!] = rank
    }
    let nodes = 256
    for (let rank = 256; rank < size && nodes <= capacity; rank++) {
      // The left part is a token with a node already, so only the right part's bytes are walked.
      let node = nodeOfRank[left[rank]!]!
      for (let i = offsets[rank]! + lengthAt(offsets, left[rank]!); i < offsets[rank + 1]!; i++) {
        const key = (node << 8) | bytes[i]!
        let slot = edgeSlot(node, bytes[i]!, edgeShift)
        while (edges[2 * slot] !== key && edges[2 * slot] !== -1) slot = (slot + 1) & mask
        if (edges[2 * slot] === -1) {
          edges[2 * slot] = key
          edges[2 * slot + 1] = nodes
          parentOfNode[nodes] = node
          if (node < 256) nodeOfPair[key] = nodes
          nodes++
        }
        node = edges[2 * slot + 1]!
      }
      nodeOfRank[rank] = node
      rankOfNode[node] = rank
    }
    if (nodes > capacity) continue
    const shorter = longestProperPrefixes(size, nodes, parentOfNode, rankOfNode, nodeOfRank)
    return { nodeOfPair, edges, edgeShift, rankOfNode: rankOfNode.slice(0, nodes), shorter }
  }
}

function longestProperPrefixes(
  size: number,
  nodes: number,
  parentOfNode: Int32Array,
  rankOfNode: Int32Array,
  nodeOfRank: Int32Array,
): Int32Array {
  // Parents have lower numbers than their children, so one pass in order is enough.
  const prefixOfNode = new Int32Array(nodes).fill(-1)
  for (let node = 256; node < nodes; node++) {
    const parent = parentOfNode[node]!
    prefixOfNode[node] = rankOfNode[parent]! >= 0 ? rankOfNode[parent]! : prefixOfNode[parent]!
  }
  const shorter = new Int32Array(size)
  for (let rank = 0; rank < size; rank++) shorter[rank] = prefixOfNode[nodeOfRank[rank]!]!
  return shorter
}

function slotBits(entries: number): number {
  return 33 - Math.clz32(Math.max(entries, 1 << 10))
}

function lengthAt(offsets: Uint32Array, rank: number): number {
  return offsets[rank + 1]! - offsets[rank]!
}
