import { createHash } from 'node:crypto'
import type { StagedObject } from '@sluice/dataset'

/** A staged object of which everything that is written is hashed. */
export class HashedObject implements StagedObject {
  readonly #staged: StagedObject
  readonly #hash = createHash('sha256')

  constructor(staged: StagedObject) {
    this.#staged = staged
  }

  get byteLength(): number {
    return this.#staged.byteLength
  }

  write(buffers: readonly Uint8Array[]): Promise<void> {
    for (const buffer of buffers) this.#hash.update(buffer)
    return this.#staged.write(buffers)
  }

  /** In hexadecimal, of all that was written; nothing may be written afterwards. */
  sha256(): string {
    return this.#hash.digest('hex')
  }

  publish(name: string): Promise<'created' | 'exists'> {
    return this.#staged.publish(name)
  }

  discard(): Promise<void> {
    return this.#staged.discard()
  }
}
