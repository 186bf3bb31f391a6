import { createHash } from 'node:crypto'
import {
  beginHash,
  ChunkWriter,
  type DatasetStorage,
  type GrowingObject,
  type HashBeside,
} from '@sluice/dataset'

/** How far a stream has come. */
export interface StreamMark {
  readonly byteLength: number
  /** Of all bytes so far, in hexadecimal. */
  readonly sha256: string
}

/** Bytes that are read at a time. */
const chunkByteLength = 4 << 20

/** Bytes that are hashed and written at a time by threads beside. */
const besideByteLength = 2 << 20

/** How {@link GrowingStream} is opened. */
export interface GrowingStreamOptions {
  /** How far an earlier attempt has come. @default nowhere */
  readonly mark?: StreamMark | undefined
  /** So much is appended that threads beside are worth their start, where processors are free. @default false */
  readonly isLarge?: boolean
}

/** Bytes that are written in order over several attempts, and hashed on the way. */
export class GrowingStream {
  byteLength = 0
  readonly #name: string
  readonly #object: GrowingObject
  readonly #hash: RunningHash
  /** Undefined where the calling thread writes. */
  #chunks: ChunkWriter | undefined

  private constructor(name: string, object: GrowingObject, hash: RunningHash) {
    this.#name = name
    this.#object = object
    this.#hash = hash
  }

  /**
   * Goes on after the bytes of an earlier attempt, which are read again for their hash.
   *
   * @returns undefined where the bytes are not those of the mark
   */
  static async open(
    storage: DatasetStorage,
    name: string,
    { mark, isLarge = false }: GrowingStreamOptions = {},
  ): Promise<GrowingStream | undefined> {
    const object = await storage.grow(name)
    const beside = isLarge && object.beside === true ? beginHash() : undefined
    const stream = new GrowingStream(name, object, beside ?? hashHere())
    try {
      if (mark !== undefined && !(await stream.#readAgain(storage, mark))) {
        await stream.close()
        return undefined
      }
    } catch (error) {
      await stream.close()
      throw error
    }
    if (beside !== undefined) {
      stream.#chunks = new ChunkWriter({
        write: (bytes, position) => object.write(bytes, position),
        chunkByteLength: besideByteLength,
        hash: beside,
        position: stream.byteLength,
      })
    }
    return stream
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.#chunks !== undefined) await this.#chunks.add(bytes)
    else {
      await this.#hash.update(bytes)
      await this.#object.write(bytes, this.byteLength)
    }
    this.byteLength += bytes.byteLength
  }

  /** How far it has come now, whatever is appended while the hash is waited for. */
  async mark(): Promise<StreamMark> {
    const { byteLength } = this
    this.#chunks?.send()
    return { byteLength, sha256: await this.#hash.soFar() }
  }

  /** Makes durable what was appended up to the last mark. */
  async sync(): Promise<void> {
    await this.#chunks?.settle()
    await this.#object.sync()
  }

  /** Makes all of it durable and visible under a name as well. */
  async publish(name: string): Promise<StreamMark> {
    const mark = await this.mark()
    await this.#chunks?.settle()
    await this.#object.publish(name)
    return mark
  }

  async close(): Promise<void> {
    await this.#chunks?.abandon()
    this.#hash.drop()
    await this.#object.close()
  }

  async #readAgain(storage: DatasetStorage, { byteLength, sha256 }: StreamMark): Promise<boolean> {
    const handle = await storage.openRead(this.#name)
    try {
      if (handle.byteLength < byteLength) return false
      const memory = new Uint8Array(new SharedArrayBuffer(Math.min(chunkByteLength, byteLength)))
      for (let position = 0; position < byteLength; position += memory.byteLength) {
        const chunk = memory.subarray(0, byteLength - position)
        await handle.read(chunk, position)
        await this.#hash.update(chunk)
      }
      this.byteLength = byteLength
      return (await this.mark()).sha256 === sha256
    } finally {
      await handle.close()
    }
  }
}

/** A hash that is computed here or by a thread beside. */
type RunningHash = Pick<HashBeside, 'update' | 'soFar' | 'drop'>

function hashHere(): RunningHash {
  const hash = createHash('sha256')
  return {
    update: async (bytes) => void hash.update(bytes),
    soFar: async () => hash.copy().digest('hex'),
    drop: () => {},
  }
}
