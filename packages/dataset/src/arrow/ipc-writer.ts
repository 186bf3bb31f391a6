import { createHash, type Hash } from 'node:crypto'
import { isTextColumn, listGroupOf } from '../layout/columns.ts'
import {
  aligned,
  alignment,
  planBatch,
  type BatchPlan,
  type BatchSizes,
  type TextSize,
} from './batch-plan.ts'
import { encodeEnd, encodeHead, frameBatch, type BatchBlock } from './framing.ts'
import { countBits } from './count-bits.ts'
import type { HashedBytes } from '../storage/storage.ts'
import type { IpcShape } from './ipc-shape.ts'

/** The bytes of one column of a batch. */
export interface ColumnBytes {
  readonly data: Uint8Array
  /** For columns of lists and texts: `rows + 1` int32 offsets. */
  readonly offsets?: Uint8Array
  /** For columns of texts: a bit for each row, 0 where it is null; the bits after the last row are 0. */
  readonly validity?: Uint8Array
}

/** Where Arrow bytes go: a staged object, or a file of an export. */
export interface ArrowSink {
  /** Bytes written so far. */
  readonly byteLength: number
  /** Where the sink hashes what is written. Known from the first write on. */
  readonly hashed?: HashedBytes | undefined
  write(buffers: readonly Uint8Array[]): Promise<void> | void
}

const zeros = new Uint8Array(alignment)

/**
 * Writes Arrow IPC onto a staged object: headers are built, bodies go from the caller's memory to the system call.
 *
 * apache-arrow's own file writer leaves out the schema message (apache/arrow#43836), aligns to 8 bytes and queues
 * references to the caller's buffers; here its flatbuffer encoders are used and nothing is queued.
 */
export class IpcWriter {
  readonly #staged: ArrowSink
  readonly #shape: IpcShape
  readonly #hash: Hash | undefined
  readonly #blocks: BatchBlock[] = []

  constructor(staged: ArrowSink, shape: IpcShape, { hash }: { readonly hash: boolean }) {
    this.#staged = staged
    this.#shape = shape
    this.#hash = hash ? createHash('sha256') : undefined
  }

  /** Writes one record batch; `columns` are the bytes of the shape's columns, in its order. */
  async writeBatch(rows: number, columns: readonly ColumnBytes[]): Promise<void> {
    const plan = planBatch(this.#shape.columns, rows, sizesOf(this.#shape, rows, columns))
    await this.#begin()
    const offset = this.#staged.byteLength
    const message = frameBatch(plan, offset)
    await this.#write([message, ...bodyBuffers(plan, columns)])
    this.#blocks.push({ offset, metadataByteLength: message.byteLength, bodyByteLength: plan.bodyByteLength })
  }

  /** Writes the end of the file or stream. @returns the sha256 of all bytes in hexadecimal, where hashing is on. */
  async end(): Promise<string | undefined> {
    await this.#begin()
    await this.#write([encodeEnd(this.#shape, this.#blocks)])
    return this.#hash && (this.#staged.hashed?.sha256() ?? this.#hash.digest('hex'))
  }

  /** The head is written with the first batch, so that making a writer cannot fail half way. */
  async #begin(): Promise<void> {
    if (this.#staged.byteLength > 0) return
    await this.#write([encodeHead(this.#shape)])
  }

  async #write(buffers: readonly Uint8Array[]): Promise<void> {
    await this.#staged.write(buffers)
    if (this.#hash === undefined || this.#staged.hashed !== undefined) return
    for (const buffer of buffers) this.#hash.update(buffer)
  }
}

function sizesOf({ columns: shapes }: IpcShape, rows: number, columns: readonly ColumnBytes[]): BatchSizes {
  const lists = { tokens: 0, boundaries: 0, pieces: 0 }
  const texts: TextSize[] = []
  for (const [index, column] of shapes.entries()) {
    const { offsets, validity } = columns[index]!
    if (offsets === undefined) continue
    if (isTextColumn(column)) {
      texts.push({ byteLength: lastOffset(offsets), nulls: rows - countBits(validity!) })
    } else lists[listGroupOf(column)] = lastOffset(offsets)
  }
  return { ...lists, texts }
}

function lastOffset(offsets: Uint8Array): number {
  return new DataView(offsets.buffer, offsets.byteOffset).getInt32(offsets.byteLength - 4, true)
}

function bodyBuffers(plan: BatchPlan, columns: readonly ColumnBytes[]): Uint8Array[] {
  const buffers: Uint8Array[] = []
  const push = (bytes: Uint8Array, byteLength: number): void => {
    if (bytes.byteLength !== byteLength) {
      throw new RangeError(`Expected ${byteLength} bytes, got ${bytes.byteLength}`)
    }
    buffers.push(bytes, zeros.subarray(0, aligned(byteLength) - byteLength))
  }
  for (const [index, { data, offsets, validity }] of plan.columns.entries()) {
    const bytes = columns[index]!
    if (validity !== undefined) push(bytes.validity!, validity.byteLength)
    if (offsets !== undefined) push(bytes.offsets!, offsets.byteLength)
    push(bytes.data, data.byteLength)
  }
  return buffers
}
