import { createHash } from 'node:crypto'
import type { DatasetStorage, GrowingObject } from '@sluice/dataset'

/** How far a stream has come. */
export interface StreamMark {
  readonly byteLength: number
  /** Of all bytes so far, in hexadecimal. */
  readonly sha256: string
}

/** Bytes that are read at a time. */
const chunkByteLength = 4 << 20

/** Bytes that are written in order over several attempts, and hashed on the way. */
export class GrowingStream {
  byteLength = 0
  readonly #name: string
  readonly #object: GrowingObject
  readonly #hash = createHash('sha256')

  private constructor(name: string, object: GrowingObject) {
    this.#name = name
    this.#object = object
  }

  /**
   * Goes on after the bytes of an earlier attempt, which are read again for their hash.
   *
   * @param mark - how far that attempt had come; undefined to begin
   * @returns undefined where the bytes are not those of the mark
   */
  static async open(
    storage: DatasetStorage,
    name: string,
    mark: StreamMark | undefined,
  ): Promise<GrowingStream | undefined> {
    const stream = new GrowingStream(name, await storage.grow(name))
    if (mark === undefined || (await stream.#readAgain(storage, mark))) return stream
    await stream.close()
    return undefined
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    await this.#object.write(bytes, this.byteLength)
    this.byteLength += bytes.byteLength
  }

  mark(): StreamMark {
    return { byteLength: this.byteLength, sha256: this.#hash.copy().digest('hex') }
  }

  /** Makes what was appended durable. */
  sync(): Promise<void> {
    return this.#object.sync()
  }

  /** Makes all of it durable and visible under a name as well. */
  async publish(name: string): Promise<StreamMark> {
    await this.#object.publish(name)
    return this.mark()
  }

  close(): Promise<void> {
    return this.#object.close()
  }

  async #readAgain(storage: DatasetStorage, { byteLength, sha256 }: StreamMark): Promise<boolean> {
    const handle = await storage.openRead(this.#name)
    try {
      if (handle.byteLength < byteLength) return false
      const memory = new Uint8Array(Math.min(chunkByteLength, byteLength))
      for (let position = 0; position < byteLength; position += memory.byteLength) {
        const chunk = memory.subarray(0, byteLength - position)
        await handle.read(chunk, position)
        this.#hash.update(chunk)
      }
      this.byteLength = byteLength
      return this.mark().sha256 === sha256
    } finally {
      await handle.close()
    }
  }
}
