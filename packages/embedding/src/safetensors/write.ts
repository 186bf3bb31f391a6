import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { EmbeddingError } from '../errors.ts'
import { bytesOf } from '../table.ts'
import type { StoredDtype, TensorEntry } from '../tensor-entry.ts'
import { planHeader } from './header.ts'

/** A tensor to be written. */
export interface TensorToWrite {
  readonly name: string
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  /** The values in the format of `dtype`; f16 and bf16 as their bits in a `Uint16Array`. */
  readonly data: Float32Array | Float64Array | Uint16Array
}

/** A file that was written. */
export interface WrittenFile {
  /** Without its folder. */
  readonly name: string
  readonly byteLength: number
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string
}

const SLICE_BYTES = 8 << 20

/**
 * Writes a safetensors file: to a temporary name beside `path`, hashed on the way, flushed to disk, then renamed, so
 * that `path` never names half a file.
 *
 * The first tensor starts on a page boundary (the header ends in spaces, as the format allows).
 *
 * @returns The file and where each tensor lies in it.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata: Record<string, string> = { format: 'pt' },
): Promise<WrittenFile & { readonly tensors: ReadonlyMap<string, TensorEntry> }> {
  const plan = planHeader(tensors, metadata)
  for (const { name, data } of tensors) {
    const expected = plan.tensors.get(name)?.byteLength
    if (data.byteLength !== expected) {
      throw new EmbeddingError(
        'shape-mismatch',
        `Expected ${expected} bytes for tensor ${name}, got ${data.byteLength}`,
      )
    }
  }
  const written = await writeFileAtomically(path, [plan.bytes, ...tensors.map(({ data }) => bytesOf(data))])
  return { ...written, tensors: plan.tensors }
}

/**
 * Writes `chunks` as one file, hashing them, and makes it appear under `path` at once. Several may do so at a time, threads of
 * one process and machines that share a folder: each has a temporary file of its own, `*.tmp`.
 */
export async function writeFileAtomically(path: string, chunks: readonly Uint8Array[]): Promise<WrittenFile> {
  const temporary = `${path}.${randomUUID()}.tmp`
  const hash = createHash('sha256')
  let byteLength = 0
  try {
    const file = await open(temporary, 'wx')
    try {
      for (const chunk of chunks) {
        // In slices, so that hashing a large table does not hold up the event loop for long.
        for (let start = 0; start < chunk.length; start += SLICE_BYTES) {
          const slice = chunk.subarray(start, start + SLICE_BYTES)
          hash.update(slice)
          await file.writeFile(slice)
        }
        byteLength += chunk.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return { name: basename(path), byteLength, sha256: hash.digest('hex') }
}
