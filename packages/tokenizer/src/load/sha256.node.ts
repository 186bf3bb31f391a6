import { createHash } from 'node:crypto'

/** The sha256 of `bytes` in hex. `crypto.subtle` would copy them first, which takes ten times as long as hashing a file of 9 MB. */
export function sha256Hex(bytes: Uint8Array): Promise<string> {
  return Promise.resolve(createHash('sha256').update(bytes).digest('hex'))
}
