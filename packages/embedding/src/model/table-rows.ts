import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import type { TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import { tableShape } from '../load/load-table.ts'
import type { LocatedTensor } from '../load/tensor-file.ts'
import { gatherKernel, type GatherKernel } from '../wasm/gather-kernel.ts'
import { createSharedMemory, type SharedMemory } from '../wasm/shared-memory.ts'
import { RowMemory } from '../wasm/row-memory.ts'

/** Bytes that are read at once when a row is first needed: neighbours of frequent ids are frequent. */
const blockBytes = 1 << 16

/** Bytes that are gathered before they are copied to an array elsewhere: they should still be in the nearest cache. */
const stageBytes = 1 << 16

/** Rows that are gathered in one call. */
const rowsPerCall = 4096

/**
 * Rows that occur are kept up to this many bytes, for all threads together; further ones are read from the file each time, which the
 * system keeps once for all processes. Frequent rows occur first, so they are among those kept.
 */
const defaultKeptBytes = 256 << 20

/** What threads have beside the rows: room for their batches. Nothing is used before it is written. */
const roomForBatches = 1 << 30

/** The memory of a {@link TableRows}: it may be handed to another thread, so that all share one copy. */
export interface SharedRows {
  /** The rows that were read, as stored. */
  readonly memory: SharedMemory
  /** For each block of rows its address in {@link SharedRows.memory}; 0 where it is not kept. */
  readonly blocks: SharedArrayBuffer
}

function rowsPerBlockOf(rowByteLength: number): number {
  return Math.max(1, Math.floor(blockBytes / rowByteLength))
}

/** Without the time of the last change of a file's names and rights: those may change. */
function versionOf(file: number): string {
  const { size, mtimeNs } = fstatSync(file, { bigint: true })
  return `${size}-${mtimeNs}`
}

/** Formats of a table in a file, and as rows are given out. */
const dtypeOfStored = { F32: 'f32', F16: 'f16', BF16: 'bf16' } as const

/**
 * The rows of a table in a safetensors file, read when they are first needed and kept as stored. Opening takes no time,
 * whatever the size, and memory is used for rows that occur, up to a limit.
 */
export class TableRows {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly dtype: TableDtype
  readonly tensor: LocatedTensor
  readonly shared: SharedRows
  readonly #file: number
  /** What the file was when it was opened. */
  readonly #version: string
  readonly #keptBytes: number
  readonly #rowBytes: number
  readonly #rowsPerBlock: number
  readonly #memory: RowMemory
  readonly #blocks: Int32Array
  readonly #kernel: GatherKernel
  /** Rows that fit the stage, which is also how many are read at a time where they cannot be kept. */
  readonly #rowsPerStage: number
  readonly #addressesAt: number
  readonly #addresses: Uint32Array
  readonly #stageAt: number
  readonly #unkeptAt: number

  /**
   * @param shared - memory of another thread's table of the same tensor. @default new memory
   * @param keptBytes - the most that rows take in memory, for all threads together. @default 256 MiB
   * @throws EmbeddingError `shape-mismatch`, `unsupported-dtype`, `invalid-file`
   */
  constructor(tensor: LocatedTensor, shared?: SharedRows, keptBytes = defaultKeptBytes) {
    const { numEmbeddings, embeddingDim, stored } = tableShape(tensor, {})
    if (stored === 'F64') {
      throw new EmbeddingError(
        'unsupported-dtype',
        `${tensor.path}: expected ${tensor.name} to be F32, F16 or BF16, got F64; save the model in one of them`,
      )
    }
    this.tensor = tensor
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    this.dtype = dtypeOfStored[stored]
    this.#rowBytes = embeddingDim * (stored === 'F32' ? 4 : 2)
    this.#rowsPerBlock = rowsPerBlockOf(this.#rowBytes)
    this.#keptBytes = Math.min(tensor.byteLength, keptBytes)
    const memory = shared ?? TableRows.share(numEmbeddings, this.#rowBytes)
    if (memory?.blocks.byteLength !== 4 * Math.ceil(numEmbeddings / this.#rowsPerBlock)) {
      throw new EmbeddingError(
        'invalid-file',
        `${tensor.path}: ${tensor.name} takes ${tensor.byteLength} bytes, which no memory can be`,
      )
    }
    this.shared = memory
    this.#memory = new RowMemory(memory.memory)
    this.#blocks = new Int32Array(memory.blocks)
    this.#kernel = gatherKernel(memory.memory)
    this.#rowsPerStage = Math.min(rowsPerCall, Math.max(1, Math.floor(stageBytes / this.#rowBytes)))
    this.#addressesAt = this.#take(4 * rowsPerCall)
    this.#stageAt = this.#take(this.#rowsPerStage * this.#rowBytes)
    this.#unkeptAt = this.#take(this.#rowsPerStage * this.#rowBytes)
    this.#addresses = new Uint32Array(memory.memory.buffer, this.#addressesAt, rowsPerCall)
    this.#file = openSync(tensor.path, 'r')
    this.#version = versionOf(this.#file)
  }

  /** Bytes of one row, as stored. */
  get rowByteLength(): number {
    return this.#rowBytes
  }

  /**
   * Takes memory for a batch of rows, to be used again and again: {@link gatherStored} writes there directly, twice as fast as to
   * an array elsewhere. It is given back with the table.
   *
   * @returns undefined where the table's memory has no room for it
   */
  allocate(byteLength: number): Uint8Array<SharedArrayBuffer> | undefined {
    const start = this.#memory.take(byteLength)
    return start === undefined ? undefined : this.#memory.bytes.subarray(start, start + byteLength)
  }

  /**
   * Copies the rows of `ids` to `target` as they are stored, one after the other: the fast path of models that add nothing.
   *
   * @param target - `ids.length · rowByteLength` bytes; of {@link allocate} for the most speed
   * @throws EmbeddingError `id-out-of-range`, `shape-mismatch`
   */
  gatherStored(ids: Int32Array, target: Uint8Array): void {
    const rowBytes = this.#rowBytes
    if (target.length !== ids.length * rowBytes) {
      throw new EmbeddingError(
        'shape-mismatch',
        `Expected \`target\` to hold ${ids.length} x ${rowBytes} bytes, got ${target.length}`,
      )
    }
    if (this.#memory.holds(target)) {
      this.#gather(ids, rowsPerCall, (first) => target.byteOffset + first * rowBytes)
      return
    }
    this.#gather(
      ids,
      this.#rowsPerStage,
      () => this.#stageAt,
      (first, count) => target.set(this.#staged(count), first * rowBytes),
    )
  }

  /**
   * Writes the rows of `ids` to `target` as float32, one after the other.
   *
   * @param target - `[ids.length, embeddingDim]`
   * @throws EmbeddingError `id-out-of-range`, `shape-mismatch`
   */
  gather(ids: Int32Array, target: Float32Array): void {
    if (this.dtype === 'f32') {
      this.gatherStored(ids, new Uint8Array(target.buffer, target.byteOffset, target.byteLength))
      return
    }
    const dim = this.embeddingDim
    if (target.length !== ids.length * dim) {
      throw new EmbeddingError(
        'shape-mismatch',
        `Expected \`target\` to hold ${ids.length} x ${dim} values, got ${target.length}`,
      )
    }
    const decode = this.dtype === 'f16' ? decodeFloat16 : decodeBfloat16
    this.#gather(
      ids,
      this.#rowsPerStage,
      () => this.#stageAt,
      (first, count) => {
        const { buffer, byteOffset, length } = this.#staged(count)
        decode(
          new Uint16Array(buffer, byteOffset, length / 2),
          target.subarray(first * dim, (first + count) * dim),
        )
      },
    )
  }

  /**
   * Memory for a table of this shape, to be handed to the threads that look rows up in it. It is used for the rows that occur.
   *
   * @returns undefined where no memory can be that large
   */
  static share(rows: number, rowByteLength: number): SharedRows | undefined {
    try {
      return {
        memory: createSharedMemory(Math.min(rows * rowByteLength, defaultKeptBytes) + roomForBatches),
        blocks: new SharedArrayBuffer(4 * Math.ceil(rows / rowsPerBlockOf(rowByteLength))),
      }
    } catch {
      return undefined
    }
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#file)
  }

  /** Gathers `most` rows at a time to the address that `out` says, and hands them on. */
  #gather(
    ids: Int32Array,
    most: number,
    out: (first: number) => number,
    done?: (first: number, count: number) => void,
  ): void {
    for (let first = 0; first < ids.length;) {
      const count = this.#locate(ids, first, Math.min(ids.length, first + most))
      this.#kernel(this.#addressesAt, count, this.#rowBytes, out(first))
      done?.(first, count)
      first += count
    }
  }

  #staged(count: number): Uint8Array<SharedArrayBuffer> {
    return this.#memory.bytes.subarray(this.#stageAt, this.#stageAt + count * this.#rowBytes)
  }

  /** Writes the addresses of rows, after reading those that were not. Returns of how many: rows that cannot be kept may end it early. */
  #locate(ids: Int32Array, first: number, end: number): number {
    const [rowBytes, rowsPerBlock] = [this.#rowBytes, this.#rowsPerBlock]
    let unkept = 0
    for (let i = first; i < end; i++) {
      const id = ids[i]!
      if (id >>> 0 >= this.numEmbeddings) throw this.#outOfRange(id)
      const block = Math.floor(id / rowsPerBlock)
      const start = Atomics.load(this.#blocks, block) || this.#readBlock(block)
      if (start !== 0) {
        this.#addresses[i - first] = (start >>> 0) + (id - block * rowsPerBlock) * rowBytes
        continue
      }
      if (unkept === this.#rowsPerStage) {
        this.#checkUnchanged()
        return i - first
      }
      const at = this.#unkeptAt + unkept++ * rowBytes
      this.#read(id * rowBytes, at, rowBytes)
      this.#addresses[i - first] = at
    }
    if (unkept > 0) this.#checkUnchanged()
    return end - first
  }

  /** Reads a block that is to be kept. Returns its address; 0 where as much is kept as may be. Two threads may read the same: one copy is lost. */
  #readBlock(block: number): number {
    const start = block * this.#rowsPerBlock * this.#rowBytes
    const length = Math.min(this.tensor.byteLength - start, this.#rowsPerBlock * this.#rowBytes)
    if (!this.#memory.keep(length, this.#keptBytes)) return 0
    const address = this.#memory.take(length)
    if (address === undefined) return 0
    this.#read(start, address, length)
    this.#checkUnchanged()
    Atomics.store(this.#blocks, block, address | 0)
    return address | 0
  }

  #read(from: number, address: number, length: number): void {
    this.#memory.refresh(address + length)
    for (let at = 0; at < length;) {
      const count = readSync(
        this.#file,
        this.#memory.bytes,
        address + at,
        length - at,
        this.tensor.offset + from + at,
      )
      if (count === 0) {
        throw new EmbeddingError(
          'invalid-file',
          `${this.tensor.path}: ends within ${this.tensor.name}; fetch it again`,
        )
      }
      at += count
    }
  }

  /** Rows of a file that is written over meanwhile are not those whose hash was compared. @throws EmbeddingError `invalid-file` */
  #checkUnchanged(): void {
    if (versionOf(this.#file) === this.#version) return
    throw new EmbeddingError(
      'invalid-file',
      `${this.tensor.path}: was changed while it was open; put the file back as it was and start again`,
    )
  }

  #take(byteLength: number): number {
    const start = this.#memory.take(byteLength)
    if (start !== undefined) return start
    throw new EmbeddingError(
      'invalid-argument',
      `Expected batches that fit the memory of a table, got ${byteLength} more bytes`,
    )
  }

  #outOfRange(id: number): EmbeddingError {
    return new EmbeddingError(
      'id-out-of-range',
      `Expected ids from 0 to ${this.numEmbeddings - 1}, the rows of ${this.tensor.name}, got ${id}; the tokenizer has more tokens than the model`,
    )
  }
}
