import { createHash } from 'node:crypto'

/** The hash of ids as little-endian uint32. */
export function sha256OfIds(ids: Uint32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    .digest('hex')
}
