import { createHash } from 'node:crypto'
import type { IdentifyWatch, SourceIdentity } from './byte-source.ts'

/** Reads a stream to its end and hashes it on the way. */
export async function identityOfStream(
  chunks: AsyncIterable<Uint8Array>,
  { signal, onBytes }: IdentifyWatch = {},
): Promise<SourceIdentity> {
  const hash = createHash('sha256')
  let byteLength = 0
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    hash.update(chunk)
    byteLength += chunk.length
    onBytes?.(chunk.length)
  }
  return { byteLength, sha256: hash.digest('hex') }
}
