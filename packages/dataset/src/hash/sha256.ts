import { createHash, type Hash } from 'node:crypto'
import { HashThread } from './hash-thread.ts'

/** A sha256 being computed. Exactly one of `digest` and `abort` ends it. */
export interface Sha256 {
  /** The bytes may be reused when this returns. */
  update(bytes: Uint8Array): void
  /** In hexadecimal. */
  digest(): string
  abort(): void
}

/** Where a part is hashed: on the writing thread, or on one of its own. */
export type Hashing = 'inline' | 'thread'

/** Starts a sha256. */
export function startSha256(hashing: Hashing): Sha256 {
  return hashing === 'thread' ? HashThread.take() : new InlineSha256()
}

class InlineSha256 implements Sha256 {
  readonly #hash: Hash = createHash('sha256')

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  digest(): string {
    return this.#hash.digest('hex')
  }

  abort(): void {
    // Nothing is held.
  }
}
