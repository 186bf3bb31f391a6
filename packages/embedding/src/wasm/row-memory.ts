import { pageBytes, type SharedMemory } from './shared-memory.ts'

/** Words at the start of the memory: the first free byte, and how many bytes of rows are kept. Further ones are the user's. */
const freeWord = 0
const keptWord = 1
/** Where the first piece begins. */
export const headerBytes = 64

/**
 * Memory that threads take pieces of and never give back. Nothing is used before it is written, so a large reservation costs nothing.
 */
export class RowMemory {
  readonly memory: SharedMemory
  /** The buffers that this memory has had: each time it grows there is another one over the same bytes. */
  readonly #buffers = new WeakSet<ArrayBufferLike>()
  #bytes: Uint8Array<SharedArrayBuffer>
  #header: Int32Array

  constructor(memory: SharedMemory) {
    this.memory = memory
    this.#bytes = new Uint8Array(memory.buffer)
    this.#header = new Int32Array(memory.buffer, 0, 2)
    this.#buffers.add(memory.buffer)
    Atomics.compareExchange(this.#header, freeWord, 0, headerBytes)
  }

  /** All bytes; to be asked for again after {@link take}. */
  get bytes(): Uint8Array<SharedArrayBuffer> {
    return this.#bytes
  }

  /** Whether an array lies in this memory. */
  holds(array: ArrayBufferView): boolean {
    return this.#buffers.has(array.buffer)
  }

  /** Takes `length` bytes at a multiple of 64. Returns their address; undefined when the reservation is used up. */
  take(length: number): number | undefined {
    const size = Math.ceil(length / headerBytes) * headerBytes
    const start = Atomics.add(this.#header, freeWord, size) >>> 0
    const missing = Math.ceil((start + size - this.memory.buffer.byteLength) / pageBytes)
    try {
      // Other threads may grow it at the same time: then it is longer than it need be.
      if (missing > 0) this.memory.grow(missing)
    } catch {
      Atomics.sub(this.#header, freeWord, size)
      return undefined
    }
    this.refresh(start + size)
    return start
  }

  /** Counts bytes of rows as kept. Returns whether they are within `most`. */
  keep(length: number, most: number): boolean {
    if (Atomics.add(this.#header, keptWord, length) + length <= most) return true
    Atomics.sub(this.#header, keptWord, length)
    return false
  }

  /** Sees what another thread took: `end` is the last address that is used. */
  refresh(end: number): void {
    if (end <= this.#bytes.length) return
    this.#bytes = new Uint8Array(this.memory.buffer)
    this.#buffers.add(this.memory.buffer)
  }
}
