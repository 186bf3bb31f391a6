import { closeSync, openSync, readSync } from 'node:fs'
import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import type { TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import { tableShape } from '../load/load-table.ts'
import type { LocatedTensor } from '../load/tensor-file.ts'

/** Bytes that are read at once when a row is first needed: neighbours of frequent ids are frequent. */
const blockBytes = 1 << 16

/** The memory of a {@link TableRows}: it may be handed to another thread, so that all share one copy. */
export interface SharedRows {
  /** The table's bytes as stored; zero where they were not read yet. */
  readonly bytes: SharedArrayBuffer
  /** 1 for each block of {@link SharedRows.bytes} that was read. */
  readonly blocks: SharedArrayBuffer
}

function rowsPerBlockOf(rowByteLength: number): number {
  return Math.max(1, Math.floor(blockBytes / rowByteLength))
}

/** Formats of a table in a file, and as rows are given out. */
const dtypeOfStored = { F32: 'f32', F16: 'f16', BF16: 'bf16' } as const

/**
 * The rows of a table in a safetensors file, read when they are first needed and kept as stored. Opening takes no time,
 * whatever the size, and memory is used for the blocks whose rows occur.
 */
export class TableRows {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly dtype: TableDtype
  readonly tensor: LocatedTensor
  readonly shared: SharedRows
  readonly #file: number
  readonly #rowBytes: number
  readonly #rowsPerBlock: number
  readonly #blocks: Uint8Array
  readonly #words: Int32Array | undefined
  readonly #bytes: Uint8Array

  /**
   * @param shared - memory of another thread's table of the same tensor. @default new memory
   * @throws EmbeddingError `shape-mismatch`, `unsupported-dtype`, `invalid-file`
   */
  constructor(tensor: LocatedTensor, shared?: SharedRows) {
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
    const memory = shared ?? TableRows.share(numEmbeddings, this.#rowBytes)
    if (memory?.bytes.byteLength !== tensor.byteLength) {
      throw new EmbeddingError(
        'invalid-file',
        `${tensor.path}: ${tensor.name} takes ${tensor.byteLength} bytes, which no memory can be`,
      )
    }
    this.shared = memory
    this.#bytes = new Uint8Array(this.shared.bytes)
    this.#blocks = new Uint8Array(this.shared.blocks)
    this.#words = this.#rowBytes % 4 === 0 ? new Int32Array(this.shared.bytes) : undefined
    this.#file = openSync(tensor.path, 'r')
  }

  /** Bytes of one row, as stored. */
  get rowByteLength(): number {
    return this.#rowBytes
  }

  /**
   * Copies the rows of `ids` to `target` as they are stored, one after the other: the fast path of models that add nothing.
   *
   * @param target - `ids.length · rowByteLength` bytes, at a multiple of 4
   * @throws EmbeddingError `id-out-of-range`
   */
  gatherStored(ids: Int32Array, target: Uint8Array): void {
    const rowBytes = this.#rowBytes
    const words = this.#words
    // Rows of 1 KiB and more are copied by the engine, shorter ones word by word: the call costs as much as 100 words.
    if (words === undefined || rowBytes >= 1024) {
      for (let i = 0; i < ids.length; i++) {
        const start = this.#row(ids[i]!)
        target.set(this.#bytes.subarray(start, start + rowBytes), i * rowBytes)
      }
      return
    }
    const out = new Int32Array(target.buffer, target.byteOffset, (ids.length * rowBytes) / 4)
    const rowWords = rowBytes / 4
    for (let i = 0, at = 0; i < ids.length; i++) {
      const start = this.#row(ids[i]!) / 4
      for (let j = 0; j < rowWords; j++) out[at++] = words[start + j]!
    }
  }

  /**
   * Writes the rows of `ids` to `target` as float32, one after the other.
   *
   * @param target - `[ids.length, embeddingDim]`
   * @throws EmbeddingError `id-out-of-range`
   */
  gather(ids: Int32Array, target: Float32Array): void {
    if (this.dtype === 'f32') {
      this.gatherStored(ids, new Uint8Array(target.buffer, target.byteOffset, target.byteLength))
      return
    }
    const bits = new Uint16Array(target.length + (target.length % 2))
    this.gatherStored(ids, new Uint8Array(bits.buffer))
    const decode = this.dtype === 'f16' ? decodeFloat16 : decodeBfloat16
    decode(bits.subarray(0, target.length), target)
  }

  /**
   * Memory for a table of this shape, to be handed to the threads that look rows up in it. It is used for the rows that occur.
   *
   * @returns undefined where no memory can be that large
   */
  static share(rows: number, rowByteLength: number): SharedRows | undefined {
    try {
      return {
        bytes: new SharedArrayBuffer(rows * rowByteLength),
        blocks: new SharedArrayBuffer(Math.ceil(rows / rowsPerBlockOf(rowByteLength))),
      }
    } catch {
      return undefined
    }
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#file)
  }

  /** Returns where a row's bytes start, after reading them where they were not read yet. */
  #row(id: number): number {
    if (id < 0 || id >= this.numEmbeddings) {
      throw new EmbeddingError(
        'id-out-of-range',
        `Expected ids from 0 to ${this.numEmbeddings - 1}, the rows of ${this.tensor.name}, got ${id}; the tokenizer has more tokens than the model`,
      )
    }
    const block = Math.floor(id / this.#rowsPerBlock)
    if (Atomics.load(this.#blocks, block) === 0) this.#read(block)
    return id * this.#rowBytes
  }

  /** Two threads may read the same block at once: they write the same bytes. */
  #read(block: number): void {
    const start = block * this.#rowsPerBlock * this.#rowBytes
    const end = Math.min(this.#bytes.length, start + this.#rowsPerBlock * this.#rowBytes)
    for (let at = start; at < end;) {
      const count = readSync(this.#file, this.#bytes, at, end - at, this.tensor.offset + at)
      if (count === 0) {
        throw new EmbeddingError(
          'invalid-file',
          `${this.tensor.path}: ends within ${this.tensor.name}; fetch it again`,
        )
      }
      at += count
    }
    Atomics.store(this.#blocks, block, 1)
  }
}
