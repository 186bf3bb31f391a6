import { edgeTableBits, edgeTableRoom } from '../bpe/tables.ts'
import type { KnownPattern } from '../pretokenize/known-pattern.ts'
import { classTable } from '../unicode/classes.ts'
import type { Vocabulary } from '../vocabulary/vocabulary.ts'
import type { KernelExports } from './kernel-exports.ts'
import type { WasmMemory, WebAssemblyApi } from './web-assembly.ts'

const pageLength = 65536
const configLength = 256
/** Logarithm of the number of pairs remembered, 8 bytes each. */
const pairCacheBits = 13
/** The most pieces of a batch. */
export const batchLength = 1024
/** Where the pieces of a batch start, those of one block more, and the end. */
const pieceListLength = 4 * (batchLength + 64 + 1)
/** Bytes of 0xFF after the text, at which every run ends. */
const sentinelLength = 64
/** The kernel may write this many bytes after the last id, and after the last token's bytes. */
const slackLength = 64
/** Bytes of the sets of edges between characters (kernel/joins.ts). */
const joinsLength = 1 << 15
const bytePairsLength = 1 << 10
/** How full the table of merges gets: half the bytes of a sparse one save more time than the longer searches cost. */
const fullestMerges = 0.8
/** Places in the configuration of what is known only later. */
const place = { edges: 3, edgeShift: 4, edgeMask: 5, dead: 15, pieceList: 25, edgeRoom: 26, follows: 27 }

/** Where the text goes and where its ids come out. They move when the memory grows. */
export interface KernelBuffers {
  readonly textAt: number
  readonly idsAt: number
  /** The whole memory. */
  readonly bytes: Uint8Array
  readonly ids: Uint32Array
}

/** What the kernel's memory is made of. */
export interface KernelMemoryOptions {
  readonly vocabulary: Vocabulary
  /** Bytes of each rank. */
  readonly lengths: Uint32Array
  readonly idOfRank: Uint32Array | undefined
  /** Absent where pieces are found elsewhere. */
  readonly pattern: KnownPattern | undefined
  /** Logarithms of the number of entries of the two caches: 64 bytes a set of short pieces, 64 bytes a long piece. */
  readonly shortCacheBits: number
  readonly longCacheBits: number
}

/**
 * The kernel's memory: configuration, tables, caches, then the trie's edges, of which nobody knows how many there are, and at
 * the end, so that they can grow, the marks of dead ends, the text and the ids.
 */
export class KernelMemory {
  readonly memory: WasmMemory
  readonly #options: KernelMemoryOptions
  readonly #edgesAt: number
  #buffersAt: number
  #capacity = 0
  #buffers: KernelBuffers | undefined
  #kernel: KernelExports | undefined

  constructor(api: WebAssemblyApi, options: KernelMemoryOptions) {
    const { vocabulary, lengths, idOfRank, pattern, shortCacheBits, longCacheBits } = options
    const { size } = vocabulary
    this.#options = options
    let end = configLength
    const reserve = (byteLength: number): number => {
      const at = end
      end = align(end + byteLength)
      return at
    }
    const arrays: [at: number, array: Uint8Array | Uint16Array | Uint32Array][] = []
    const put = (array: Uint8Array | Uint16Array | Uint32Array): number => {
      const at = reserve(array.byteLength)
      arrays.push([at, array])
      return at
    }
    const mergeBits = Math.ceil(Math.log2(Math.max(size, 1 << 10) / fullestMerges))
    const config = [
      put(classTable()),
      put(rankOfByte(vocabulary)),
      reserve(4 << 16),
      0,
      0,
      0,
      size,
      put(new Uint16Array(lengths)),
      reserve(4 * size),
      put(parts(vocabulary)),
      reserve(4 * 32),
      reserve(4 << mergeBits),
      32 - mergeBits,
      (1 << mergeBits) - 1,
      idOfRank === undefined ? 0 : put(idOfRank),
      0,
      reserve(64 << shortCacheBits),
      64 - shortCacheBits,
      reserve(64 * ((1 << longCacheBits) + 1)),
      64 - longCacheBits,
      put(keyMasks()),
      pattern?.digits ?? 0,
      Number(pattern?.contractions ?? false),
      reserve(8 << pairCacheBits),
      64 - pairCacheBits,
      reserve(pieceListLength),
      0,
      0,
      reserve(joinsLength),
      reserve(bytePairsLength),
      reserve(4 << longCacheBits),
      reserve(16 << 16),
      reserve(2048 + (8 << 10)),
      reserve(2048 + (8 << 12)),
    ]
    this.#edgesAt = this.#buffersAt = end
    this.memory = new api.Memory({ initial: Math.ceil(end / pageLength) })
    const bytes = new Uint8Array(this.memory.buffer)
    for (const [at, array] of arrays) {
      bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
    }
    new Uint32Array(this.memory.buffer).set(config)
  }

  /** Have the kernel build its tables and fill its cache of pieces with the lowest ranks. */
  build(kernel: KernelExports): void {
    const { lengths, shortCacheBits } = this.#options
    const size = lengths.length
    let total = 0
    let longest = 0
    for (let rank = 0; rank < size; rank++) {
      total += lengths[rank]!
      longest = Math.max(longest, lengths[rank]!)
    }
    this.#kernel = kernel
    for (let bits = edgeTableBits(2 * size); ; bits++) {
      const follows = this.#edgesAt + (8 << bits)
      this.#buffersAt = align(follows + size + edgeTableRoom(bits))
      const offsets = this.#buffersAt
      const order = offsets + 4 * (size + 1)
      const next = order + 4 * size
      const bytes = align(next + 4 * (longest + 2))
      this.#growTo(bytes + total + slackLength)
      this.#configure({
        edges: this.#edgesAt,
        edgeShift: 32 - bits,
        edgeMask: (1 << bits) - 1,
        edgeRoom: edgeTableRoom(bits),
        follows,
      })
      if (kernel.build(offsets, bytes, order, next, longest) === 0) continue
      // As many as there are entries, two a set: more would only drive each other out.
      kernel.seed(bytes, offsets, Math.min(size, 2 << shortCacheBits))
      return
    }
  }

  /** Where the starts of a batch's pieces go, and the end of the last one; moves when the memory grows. */
  get pieceList(): Uint32Array {
    const [at] = new Uint32Array(this.memory.buffer, 4 * place.pieceList, 1)
    return new Uint32Array(this.memory.buffer, at, batchLength + 1)
  }

  /** Buffers for a text of `length` bytes. */
  buffersFor(length: number): KernelBuffers {
    if (this.#buffers === undefined || length > this.#capacity) {
      this.#buffers = this.#layOut(Math.max(length, 2 * this.#capacity, 1 << 16))
    }
    return this.#buffers
  }

  #layOut(capacity: number): KernelBuffers {
    const deadAt = this.#buffersAt
    const textAt = align(deadAt + capacity + 1)
    const idsAt = align(textAt + capacity + sentinelLength)
    this.#growTo(idsAt + 4 * capacity + slackLength)
    const bytes = new Uint8Array(this.memory.buffer)
    bytes.fill(0, deadAt, textAt)
    this.#configure({ dead: deadAt })
    this.#capacity = capacity
    return { textAt, idsAt, bytes, ids: new Uint32Array(this.memory.buffer, idsAt, capacity) }
  }

  #growTo(end: number): void {
    const missing = end - this.memory.buffer.byteLength
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageLength))
  }

  #configure(values: Readonly<Partial<typeof place>>): void {
    const config = new Uint32Array(this.memory.buffer)
    for (const [name, value] of Object.entries(values)) config[place[name as keyof typeof place]] = value
    this.#kernel?.configure(0)
  }
}

/** Copy a text to where the kernel reads it, and end it as the kernel wants. */
export function writeText({ bytes, textAt }: KernelBuffers, text: Uint8Array): void {
  bytes.set(text, textAt)
  bytes.fill(0xff, textAt + text.length, textAt + text.length + sentinelLength)
}

function align(at: number): number {
  return (at + 63) & ~63
}

function rankOfByte({ byteOfRank }: Vocabulary): Uint32Array {
  const ranks = new Uint32Array(256)
  for (let rank = 0; rank < 256; rank++) ranks[byteOfRank[rank]!] = rank
  return ranks
}

/** The left and the right part of each rank, side by side. */
function parts({ size, left, right }: Vocabulary): Uint32Array {
  const pairs = new Uint32Array(2 * size)
  for (let rank = 0; rank < size; rank++) {
    pairs[2 * rank] = left[rank]!
    pairs[2 * rank + 1] = right[rank]!
  }
  return pairs
}

/** For each length below 32: a mask of the piece's bytes in the last vector of its key, and the length in the last byte. */
function keyMasks(): Uint8Array {
  const masks = new Uint8Array(32 * 32)
  for (let length = 0; length < 32; length++) {
    masks.fill(0xff, 32 * length, 32 * length + (length % 16))
    masks[32 * length + 31] = length
  }
  return masks
}
