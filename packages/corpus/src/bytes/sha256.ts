import { createHash } from 'node:crypto'
import type { SourceIdentity } from './byte-source.ts'

/** Reads a stream to its end and hashes it on the way. */
export async function identityOfStream(chunks: AsyncIterable<Uint8Array>): Promise<SourceIdentity> {
  const hash = createHash('sha256')
  let byteLength = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    byteLength += chunk.length
  }
  return { byteLength, sha256: hash.digest('hex') }
}
