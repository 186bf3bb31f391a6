import { createHash } from 'node:crypto'
import type { KeptValues } from '@sluice/corpus'
import type { ReadHandle, StagedObject } from '@sluice/dataset'

/**
 * The kept values of the documents of one segment, as they lie in `tokens/*.kept`, little-endian, for each row of the document
 * table:
 *
 * 1. for each column an int32, the bytes of the value or -1 where there is none, and the value in UTF-8;
 *
 * and at the end, for each row and after the last, a float64: where its values begin.
 */

const writeByteLength = 1 << 16

/** Writes kept values in one pass; memory grows with the documents of the segment, 8 bytes each. */
export class KeptFileWriter {
  readonly #staged: StagedObject
  readonly #hash = createHash('sha256')
  readonly #starts: number[] = []
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #byteLength = 0

  constructor(staged: StagedObject) {
    this.#staged = staged
  }

  /** Adds the values of the next document. */
  add(values: KeptValues): Promise<void> | undefined {
    this.#starts.push(this.#byteLength)
    for (const value of values) {
      const bytes = value === null ? none : Buffer.from(value)
      const length = Buffer.alloc(4)
      length.writeInt32LE(value === null ? -1 : bytes.length)
      this.#pending.push(length, bytes)
      this.#pendingBytes += 4 + bytes.length
      this.#byteLength += 4 + bytes.length
    }
    return this.#pendingBytes >= writeByteLength ? this.#flush() : undefined
  }

  /** Writes where the values of each document begin; returns the sha256 of the whole file, in hexadecimal. */
  async end(): Promise<string> {
    const starts = Float64Array.from([...this.#starts, this.#byteLength])
    this.#pending.push(new Uint8Array(starts.buffer))
    await this.#flush()
    return this.#hash.digest('hex')
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    this.#hash.update(bytes)
    await this.#staged.write([bytes])
  }
}

const none = new Uint8Array(0)

/** Where the values of a file's documents end: the starts come after them. */
export function keptEnd({ byteLength }: ReadHandle, documents: number): number {
  return byteLength - 8 * (documents + 1)
}

/** Where the values of document `first` and those after it begin, and at the end where the last of these end. */
export async function readKeptStarts(
  handle: ReadHandle,
  documents: number,
  first: number,
  count: number,
): Promise<Float64Array> {
  const starts = new Float64Array(Math.min(count, documents - first) + 1)
  await handle.read(new Uint8Array(starts.buffer), keptEnd(handle, documents) + 8 * first)
  return starts
}

/** The values of one document, from the bytes between two starts; copies, so that these may be used again. */
export function parseKept(bytes: Uint8Array, columns: number): readonly (Uint8Array | null)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values: (Uint8Array | null)[] = []
  for (let at = 0; values.length < columns;) {
    const length = view.getInt32(at, true)
    at += 4
    values.push(length === -1 ? null : bytes.slice(at, at + length))
    at += Math.max(0, length)
  }
  return values
}
