import type { MergeTable } from '../bpe/merge-table.ts'
import type { BpeTables } from '../bpe/tables.ts'
import type { KnownPattern } from '../pretokenize/known-pattern.ts'
import type { WasmMemory, WebAssemblyApi } from './web-assembly.ts'
import { classTable } from '../unicode/classes.ts'

const pageLength = 65536
const configLength = 256
/** Logarithm of the number of pairs remembered, 8 bytes each: they should stay in the processor's second cache. */
const pairCacheBits = 15
const keyMasksLength = 32 * 32
/** Where the pieces of a batch start: 1024 of them, those of one block more, and the end. */
const pieceListLength = 4 * (1024 + 64 + 1)
/** Bytes of 0xFF after the text, at which every run ends. */
const sentinelLength = 64
/** The kernel may write this many bytes after the last id. */
const slackLength = 64

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
  readonly tables: BpeTables
  readonly idOfRank: Uint32Array | undefined
  readonly pattern: KnownPattern
  /** Logarithms of the number of entries of the two caches: 64 bytes a set of short pieces, 64 bytes a long piece. */
  readonly shortCacheBits: number
  readonly longCacheBits: number
}

/**
 * The kernel's memory: configuration, tables, caches, and at the end, so that they can grow, the marks of dead ends,
 * the text and the ids.
 */
export class KernelMemory {
  readonly memory: WasmMemory
  /** Where the configuration is. */
  readonly configAt = 0
  readonly #buffersAt: number
  #capacity = 0
  #buffers: KernelBuffers | undefined

  constructor(
    api: WebAssemblyApi,
    { tables, idOfRank, pattern, shortCacheBits, longCacheBits }: KernelMemoryOptions,
  ) {
    let end = configLength
    const reserve = (byteLength: number): number => {
      const at = end
      end = (end + byteLength + 63) & ~63
      return at
    }
    const arrays: [at: number, array: Uint8Array | Uint16Array | Uint32Array | Int32Array][] = []
    const place = (array: Uint8Array | Uint16Array | Uint32Array | Int32Array): number => {
      const at = reserve(array.byteLength)
      arrays.push([at, array])
      return at
    }
    const { merges } = tables
    const classes = place(classTable())
    const config = [
      classes,
      place(tables.rankOfByte),
      place(tables.nodeOfPair),
      place(tables.edges),
      tables.edgeShift,
      tables.edges.length / 2 - 1,
      tables.size,
      place(Uint16Array.from(tables.lengths)),
      place(tables.shorter),
      place(pairsOfParts(merges, tables.size)),
      reserve(64),
      place(merges.slots),
      merges.shift,
      merges.slots.length - 1,
      idOfRank === undefined ? 0 : place(idOfRank),
      0, // the marks of dead ends: see #layOut
      reserve(64 << shortCacheBits),
      64 - shortCacheBits,
      reserve(64 << longCacheBits),
      64 - longCacheBits,
      place(keyMasks()),
      pattern.digits,
      Number(pattern.contractions),
      reserve(8 << pairCacheBits),
      64 - pairCacheBits,
      reserve(pieceListLength),
    ]
    this.#buffersAt = end
    this.memory = new api.Memory({ initial: Math.ceil(end / pageLength) })
    const bytes = new Uint8Array(this.memory.buffer)
    for (const [at, array] of arrays) {
      bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
    }
    new Uint32Array(this.memory.buffer, this.configAt).set(config)
  }

  /** Buffers for a text of `length` bytes; `configure` says when the configuration changed. */
  buffersFor(length: number, configure: () => void): KernelBuffers {
    if (this.#buffers === undefined || length > this.#capacity) {
      this.#buffers = this.#layOut(Math.max(length, 2 * this.#capacity, 1 << 16))
      configure()
    }
    return this.#buffers
  }

  #layOut(capacity: number): KernelBuffers {
    const deadAt = this.#buffersAt
    const textAt = align(deadAt + capacity + 1)
    const idsAt = align(textAt + capacity + sentinelLength)
    const end = idsAt + 4 * capacity + slackLength
    const missing = end - this.memory.buffer.byteLength
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageLength))
    const bytes = new Uint8Array(this.memory.buffer)
    bytes.fill(0, deadAt, textAt)
    new Uint32Array(this.memory.buffer, this.configAt)[15] = deadAt
    this.#capacity = capacity
    return { textAt, idsAt, bytes, ids: new Uint32Array(this.memory.buffer, idsAt, capacity) }
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

/** For each length below 32: a mask of the piece's bytes in the last vector of its key, and the length in the last byte. */
function keyMasks(): Uint8Array {
  const masks = new Uint8Array(keyMasksLength)
  for (let length = 0; length < 32; length++) {
    masks.fill(0xff, 32 * length, 32 * length + (length % 16))
    masks[32 * length + 31] = length
  }
  return masks
}

/** The left and the right part of each rank, side by side. */
function pairsOfParts({ left, right }: MergeTable, size: number): Uint32Array {
  const pairs = new Uint32Array(2 * size)
  for (let rank = 0; rank < size; rank++) {
    pairs[2 * rank] = left[rank]!
    pairs[2 * rank + 1] = right[rank]!
  }
  return pairs
}
