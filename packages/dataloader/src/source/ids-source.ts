import { createHash } from 'node:crypto'
import { countWindows, type WindowShape } from '../windows.ts'
import { copyRow, type BatchMemory, type RowFormat } from './batch-memory.ts'
import type { SourceDescription } from './description.ts'
import type { WindowSource } from './window-source.ts'

/** Windows over ids in memory, cut as they are read: a window takes no memory of its own. */
export class IdsSource implements WindowSource {
  readonly length: number
  readonly format: RowFormat
  readonly #shape: WindowShape
  #ids: Int32Array | Uint16Array

  constructor(ids: Int32Array | Uint16Array, shape: WindowShape) {
    this.#ids = ids
    this.#shape = shape
    this.length = countWindows(ids.length, shape)
    this.format = {
      maxLength: shape.maxLength,
      idType: ids instanceof Uint16Array ? 'uint16' : 'int32',
      dim: 0,
      firstBlockDim: 0,
      embedsType: 'f32',
      positionIds: false,
      documentIds: false,
    }
  }

  identity(): string {
    const { buffer, byteOffset, byteLength } = this.#ids
    const hash = createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('hex')
    return `ids:${hash}:${this.format.idType}:${this.#shape.maxLength}:${this.#shape.stride}`
  }

  gather(windows: Float64Array, target: BatchMemory): void {
    const ids = this.#ids
    const { maxLength, stride } = this.#shape
    const { inputIds, targetIds } = target
    for (let row = 0; row < windows.length; row++) {
      const start = windows[row]! * stride
      copyRow(ids, start, inputIds, row * maxLength, maxLength)
      copyRow(ids, start + 1, targetIds, row * maxLength, maxLength)
    }
  }

  /** Windows that lie end to end are where the ids are. */
  view(first: number, rows: number): BatchMemory | undefined {
    const { maxLength, stride } = this.#shape
    if (stride !== maxLength) return undefined
    const start = first * stride
    const end = start + rows * stride
    return { inputIds: this.#ids.subarray(start, end), targetIds: this.#ids.subarray(start + 1, end + 1) }
  }

  /** Moves the ids to shared memory, once, so that they are not copied for each thread. */
  describe(): SourceDescription {
    if (!(this.#ids.buffer instanceof SharedArrayBuffer)) {
      const buffer = new SharedArrayBuffer(this.#ids.byteLength)
      const shared = this.#ids instanceof Uint16Array ? new Uint16Array(buffer) : new Int32Array(buffer)
      shared.set(this.#ids)
      this.#ids = shared
    }
    return { kind: 'ids', ids: this.#ids, shape: this.#shape }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
