import { DatasetError, type ReadHandle, type StagedObject } from '@sluice/dataset'
import type { TokenReceipt } from './token-receipt.ts'

/** A token file that was not published: its bytes go to whoever asked for the task. */
export interface HeldTokens {
  readonly receipt: TokenReceipt
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A larger token file goes to the disk: as many bytes may lie in memory for each thread. */
const mostHeldBytes = 64 << 20

/** Memory of ids that were taken, for the next ones: fresh memory has to be cleared, and found to be garbage. */
const free: ArrayBuffer[] = []
const mostFree = 2

function takeMemory(byteLength: number): ArrayBuffer {
  const at = free.findIndex((memory) => memory.byteLength >= byteLength)
  return at === -1 ? new ArrayBuffer(byteLength) : free.splice(at, 1)[0]!
}

/** Gives the memory of ids back that nobody reads any more. */
export function releaseHeld({ bytes }: HeldTokens): void {
  if (free.length < mostFree) free.push(bytes.buffer)
}

/** An object that is staged in memory, and on the disk where it grows too large. */
export class HeldObject implements StagedObject {
  #bytes: Uint8Array<ArrayBuffer>
  #byteLength = 0
  #staged: StagedObject | undefined
  readonly #stage: () => Promise<StagedObject>
  readonly #most: number

  /**
   * @param stage - begins the object on the disk
   * @param expected - bytes that it will most likely have at most: what of them it has not takes no memory, and growing would take twice as much
   */
  constructor(stage: () => Promise<StagedObject>, expected: number, most = mostHeldBytes) {
    this.#stage = stage
    this.#most = most
    this.#bytes = new Uint8Array(takeMemory(Math.min(most, Math.max(1 << 16, expected))))
  }

  get byteLength(): number {
    return this.#staged?.byteLength ?? this.#byteLength
  }

  /** What was written, where all of it is in memory. */
  get held(): Uint8Array<ArrayBuffer> | undefined {
    return this.#staged === undefined ? this.#bytes.subarray(0, this.#byteLength) : undefined
  }

  async write(buffers: readonly Uint8Array[]): Promise<void> {
    if (this.#staged !== undefined) return this.#staged.write(buffers)
    const byteLength = buffers.reduce((sum, buffer) => sum + buffer.byteLength, this.#byteLength)
    if (byteLength > this.#most) {
      this.#staged = await this.#stage()
      await this.#staged.write([this.#bytes.subarray(0, this.#byteLength)])
      this.#bytes = new Uint8Array(0)
      return this.#staged.write(buffers)
    }
    if (byteLength > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(byteLength, 2 * this.#bytes.byteLength))
      larger.set(this.#bytes.subarray(0, this.#byteLength))
      this.#bytes = larger
    }
    for (const buffer of buffers) {
      this.#bytes.set(buffer, this.#byteLength)
      this.#byteLength += buffer.byteLength
    }
  }

  async publish(name: string): Promise<'created' | 'exists'> {
    if (this.#staged === undefined) throw new DatasetError('invalid-argument', `${name} is held, not staged`)
    return this.#staged.publish(name)
  }

  async discard(): Promise<void> {
    await this.#staged?.discard()
  }
}

/** Reads bytes as a published object is read. */
export function readHeld({ receipt: { name }, bytes }: HeldTokens): ReadHandle {
  const readSync = (target: Uint8Array, position: number): void => {
    target.set(bytes.subarray(position, position + target.byteLength))
  }
  return {
    name,
    byteLength: bytes.byteLength,
    readSync,
    read: async (target, position) => readSync(target, position),
    close: async () => {},
  }
}
