import { DatasetError, type ReadHandle, type StagedObject } from '@sluice/dataset'
import { HashedObject } from './hashed-object.ts'
import { giveHeldMemory, takeHeldMemory } from './held-memory.ts'
import type { SegmentReceipt } from './token-receipt.ts'

/** A token file that was not published: its bytes go to whoever asked for the task. */
export interface HeldTokens {
  readonly receipt: SegmentReceipt
  readonly bytes: Uint8Array<SharedArrayBuffer>
}

/** A larger token file goes to the disk: as many bytes may lie in memory for each thread. */
const mostHeldBytes = 64 << 20

/** An object that is staged in memory, and on the disk where it grows too large: only there it needs a hash. */
export class HeldObject implements StagedObject {
  #bytes: Uint8Array<SharedArrayBuffer>
  #byteLength = 0
  #staged: HashedObject | undefined
  readonly #stage: () => Promise<StagedObject>
  readonly #most: number

  /**
   * @param stage - begins the object on the disk
   * @param expected - bytes that it will most likely have at most: what of them it has not takes no memory, and growing would take twice as much
   */
  constructor(stage: () => Promise<StagedObject>, expected: number, most = mostHeldBytes) {
    this.#stage = stage
    this.#most = most
    this.#bytes = new Uint8Array(takeHeldMemory(Math.min(most, Math.max(1 << 16, expected))))
  }

  get byteLength(): number {
    return this.#staged?.byteLength ?? this.#byteLength
  }

  /** What was written, where all of it is in memory. */
  get held(): Uint8Array<SharedArrayBuffer> | undefined {
    return this.#staged === undefined ? this.#bytes.subarray(0, this.#byteLength) : undefined
  }

  async write(buffers: readonly Uint8Array[]): Promise<void> {
    if (this.#staged !== undefined) return this.#staged.write(buffers)
    const byteLength = buffers.reduce((sum, buffer) => sum + buffer.byteLength, this.#byteLength)
    if (byteLength > this.#most) {
      this.#staged = new HashedObject(await this.#stage())
      await this.#staged.write([this.#bytes.subarray(0, this.#byteLength)])
      giveHeldMemory(this.#bytes.buffer)
      this.#bytes = new Uint8Array(new SharedArrayBuffer(0))
      return this.#staged.write(buffers)
    }
    if (byteLength > this.#bytes.byteLength) {
      const larger = new Uint8Array(takeHeldMemory(Math.max(byteLength, 2 * this.#bytes.byteLength)))
      larger.set(this.#bytes.subarray(0, this.#byteLength))
      this.#bytes = larger
    }
    for (const buffer of buffers) {
      this.#bytes.set(buffer, this.#byteLength)
      this.#byteLength += buffer.byteLength
    }
  }

  /** In hexadecimal, of what is on the disk; nothing may be written afterwards. */
  sha256(): string {
    if (this.#staged === undefined)
      throw new DatasetError('invalid-argument', 'What is held in memory has no hash')
    return this.#staged.sha256()
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
export function readHeld({ receipt: { source, segment }, bytes }: HeldTokens): ReadHandle {
  const readSync = (target: Uint8Array, position: number): void => {
    target.set(bytes.subarray(position, position + target.byteLength))
  }
  return {
    name: `${source}-${segment}`,
    byteLength: bytes.byteLength,
    readSync,
    read: async (target, position) => readSync(target, position),
    close: async () => {},
  }
}
