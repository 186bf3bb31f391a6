import type { FileHandle } from 'node:fs/promises'
import { EmbeddingError } from '../errors.ts'
import { maxHeaderBytes, parseHeader, type SafetensorsHeader } from './header.ts'

/**
 * Reads the header of an open safetensors file.
 *
 * @throws EmbeddingError `invalid-file`.
 */
export async function readHeader(file: FileHandle, path: string): Promise<SafetensorsHeader> {
  const { size } = await file.stat()
  const prefix = new Uint8Array(8)
  const { bytesRead } = await file.read(prefix, 0, 8, 0)
  const length = new DataView(prefix.buffer).getBigUint64(0, true)
  if (bytesRead < 8 || length > BigInt(maxHeaderBytes) || Number(length) + 8 > size) {
    throw new EmbeddingError(
      'invalid-file',
      `${path}: not a safetensors file, or cut (${size} bytes, which cannot hold a header of ${length})`,
    )
  }
  const json = new Uint8Array(Number(length))
  await file.read(json, 0, json.length, 8)
  return parseHeader(json, size, path)
}
