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
    const what = isPointer(prefix)
      ? 'a pointer of Git LFS in place of the file; fetch the file itself (`git lfs pull`)'
      : size < 8
        ? `not a safetensors file, or cut (${size} bytes); fetch it again`
        : `not a safetensors file, or cut (${size} bytes, which cannot hold a header of ${length})`
    throw new EmbeddingError('invalid-file', `${path}: ${what}`)
  }
  const json = new Uint8Array(Number(length))
  await file.read(json, 0, json.length, 8)
  return parseHeader(json, size, path)
}

/** Whether a file begins as what Git leaves where a large file was not fetched: `version https://git-lfs…`. */
function isPointer(start: Uint8Array): boolean {
  return Buffer.from(start).toString('latin1') === 'version '
}
