import { createHash, hash as hashOf } from 'node:crypto'
import type { ReadHandle } from '../storage/storage.ts'

const largestChunkByteLength = 4 << 20

/**
 * sha256 of a range of an object in hexadecimal, read in pieces of a few MB; the next piece is read while one is
 * hashed.
 */
export async function hashObject(
  handle: ReadHandle,
  { start = 0, end = handle.byteLength, signal }: { start?: number; end?: number; signal?: AbortSignal } = {},
): Promise<string> {
  if (handle.held !== undefined) return hashOf('sha256', handle.held.subarray(start, end))
  const hash = createHash('sha256')
  const chunkByteLength = Math.min(largestChunkByteLength, end - start)
  const memory = [new Uint8Array(chunkByteLength), new Uint8Array(chunkByteLength)] as const
  const readAt = async (position: number, turn: number): Promise<Uint8Array> => {
    const chunk = memory[turn % 2]!.subarray(0, Math.max(0, Math.min(chunkByteLength, end - position)))
    await handle.read(chunk, position)
    return chunk
  }
  let next = readAt(start, 0)
  for (let position = start, turn = 0; position < end; turn++) {
    signal?.throwIfAborted()
    const chunk = await next
    position += chunk.byteLength
    next = readAt(position, turn + 1)
    hash.update(chunk)
  }
  await next
  return hash.digest('hex')
}
