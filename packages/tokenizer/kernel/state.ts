// Where everything is in memory. TypeScript lays it out and fills it in (src/kernel/memory-layout.ts), then calls `configure`.

/** u8[0x110000]: the class of every code point. */
export let classes: usize = 0
/** u32[256] */
export let rankOfByte: usize = 0
/** i32[65536] */
export let nodeOfPair: usize = 0
/** u64 a slot: `node << 8 | byte` in the low half, the node it leads to in the high half. */
export let edges: usize = 0
export let edgeShift: u32 = 0
export let edgeMask: u32 = 0
/** u8 a node: bit `b & 7` where an edge for byte b may leave it. Most look-ups of edges that are not there end here. */
export let follows: usize = 0
/** How many edges the table may hold. */
export let edgeRoom: u32 = 0
/** Number of ranks; trie nodes below it end a token. */
export let size: u32 = 0
/** u16[size] */
export let lengths: usize = 0
/** i32[size] */
export let shorter: usize = 0
/** u64 a rank: its left part in the low half, its right part in the high half. */
export let parts: usize = 0
/** u32[32]: scratch memory of merge.ts. */
export let tokens: usize = 0
/** u32 a slot: rank in the low 20 bits, tag in the high 12. */
export let merges: usize = 0
export let mergeShift: u32 = 0
export let mergeMask: u32 = 0
/** u32[size], or 0 when ids are ranks. */
export let idOfRank: usize = 0
/** u8[longest piece + 1], zero between calls. */
export let dead: usize = 0
/** Cache of pieces below 16 bytes: sets of two 32-byte entries. */
export let shortCache: usize = 0
export let shortShift: u32 = 0
/** Cache of pieces of 16 to 31 bytes: 64-byte entries, and u32s that say which is at a hash. */
export let longCache: usize = 0
export let longShift: u32 = 0
export let longIndex: usize = 0
/** Cache of which tokens may stand side by side: u64 an entry, `((a << 20 | b) + 1) << 1 | valid`. */
export let pairCache: usize = 0
export let pairShift: u64 = 0
/** For each length below 32, two vectors: which bytes of a key are the piece's, and the length in the last byte. */
export let keyMasks: usize = 0
/** u32s: where the pieces of a batch start. */
export let pieceList: usize = 0
/** The most numbers in a piece. */
export let digits: u32 = 0
/** Whether o200k's contractions end a word. */
export let contractions: u32 = 0

/** Sets of edges between characters that tokens hold; see joins.ts. */
export let joins: usize = 0
export let bytePairs: usize = 0

/** Characters that pieces begin with as one token, and what that is found with; see certify.ts. */
export let starts: usize = 0
export let leftMasks: usize = 0
export let rightMasks: usize = 0

/** Read the addresses and numbers above from the u32s at `at`, in order. */
export function configure(at: usize): void {
  classes = load<u32>(at)
  rankOfByte = load<u32>(at, 4)
  nodeOfPair = load<u32>(at, 8)
  edges = load<u32>(at, 12)
  edgeShift = load<u32>(at, 16)
  edgeMask = load<u32>(at, 20)
  size = load<u32>(at, 24)
  lengths = load<u32>(at, 28)
  shorter = load<u32>(at, 32)
  parts = load<u32>(at, 36)
  tokens = load<u32>(at, 40)
  merges = load<u32>(at, 44)
  mergeShift = load<u32>(at, 48)
  mergeMask = load<u32>(at, 52)
  idOfRank = load<u32>(at, 56)
  dead = load<u32>(at, 60)
  shortCache = load<u32>(at, 64)
  shortShift = load<u32>(at, 68)
  longCache = load<u32>(at, 72)
  longShift = load<u32>(at, 76)
  keyMasks = load<u32>(at, 80)
  digits = load<u32>(at, 84)
  contractions = load<u32>(at, 88)
  pairCache = load<u32>(at, 92)
  pairShift = load<u32>(at, 96)
  pieceList = load<u32>(at, 100)
  edgeRoom = load<u32>(at, 104)
  follows = load<u32>(at, 108)
  joins = load<u32>(at, 112)
  bytePairs = load<u32>(at, 116)
  longIndex = load<u32>(at, 120)
  starts = load<u32>(at, 124)
  leftMasks = load<u32>(at, 128)
  rightMasks = load<u32>(at, 132)
}
