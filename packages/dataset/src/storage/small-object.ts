import { DatasetError } from '../errors.ts'
import type { ReadHandle } from './storage.ts'

/** Of so few bytes, waiting for a thread that reads them takes longer than reading them. */
const readAtOnceByteLength = 64 << 10

/** Objects of up to so many bytes are held whole by who looks at all of them. */
const heldByteLength = 4 << 20

/** Fills `target`; at once where it is small and the storage can. */
export async function readSmall(handle: ReadHandle, target: Uint8Array, position: number): Promise<void> {
  if (handle.readSync !== undefined && target.byteLength <= readAtOnceByteLength)
    handle.readSync(target, position)
  else await handle.read(target, position)
}

/**
 * Reads an object whole, where it is small: whoever looks at it several times then asks for it once, and sees the same bytes each time,
 * even if somebody changes them meanwhile.
 *
 * @returns a handle on the bytes that were read; `handle` itself where it is not small. Who opened `handle` closes it.
 * @throws DatasetError `corrupt` where the object ends before it should
 */
export async function holdSmall(handle: ReadHandle): Promise<ReadHandle> {
  if (handle.byteLength > heldByteLength) return handle
  const held = new Uint8Array(handle.byteLength)
  await readSmall(handle, held, 0)
  return new HeldObject(handle.name, held)
}

class HeldObject implements ReadHandle {
  readonly name: string
  readonly held: Uint8Array

  constructor(name: string, held: Uint8Array) {
    this.name = name
    this.held = held
  }

  get byteLength(): number {
    return this.held.byteLength
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    this.readSync(target, position)
  }

  readSync(target: Uint8Array, position: number): void {
    const end = position + target.byteLength
    if (end > this.held.byteLength) {
      const message = `${this.name} ends at byte ${this.held.byteLength}, expected at least ${end} bytes: it is truncated`
      throw new DatasetError('corrupt', message, { file: this.name, position: this.held.byteLength })
    }
    target.set(this.held.subarray(position, end))
  }

  async close(): Promise<void> {}
}
