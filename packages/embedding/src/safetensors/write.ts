import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { EmbeddingError } from '../errors.ts'
import { bytesOf } from '../table.ts'
import type { StoredDtype, TensorEntry } from '../tensor-entry.ts'
import { planHeader, type HeaderPlan } from './header.ts'

/** Values in the format of a tensor's dtype; f16 and bf16 as their bits in a `Uint16Array`. */
type StoredValues = Float32Array | Float64Array | Uint16Array

/** A tensor to be written. */
export interface TensorToWrite {
  readonly name: string
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  readonly data: StoredValues
}

/** A tensor to be written whose values need not be in memory as a whole. */
export interface TensorInPieces extends Omit<TensorToWrite, 'data'> {
  /** All values, in order. The next piece is asked for when the last one is written, and may lie in the same memory. */
  readonly pieces: Iterable<StoredValues>
}

/** A file that was written. */
export interface WrittenFile {
  /** Without its folder. */
  readonly name: string
  readonly byteLength: number
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string
}

const sliceBytes = 8 << 20

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
  tensors: readonly (TensorToWrite | TensorInPieces)[],
  metadata: Record<string, string> = { format: 'pt' },
): Promise<WrittenFile & { readonly tensors: ReadonlyMap<string, TensorEntry> }> {
  const plan = planHeader(tensors, metadata)
  for (const tensor of tensors) {
    if ('data' in tensor) checkByteLength(plan, tensor.name, tensor.data.byteLength)
  }
  const written = await writeFileAtomically(path, chunksOf(plan, tensors))
  return { ...written, tensors: plan.tensors }
}

/** Plans a safetensors file without writing it: its bytes, piece by piece, and where each tensor lies in them. */
export function safetensorsChunks(tensors: readonly TensorInPieces[]): {
  readonly chunks: Iterable<Uint8Array>
  readonly tensors: ReadonlyMap<string, TensorEntry>
} {
  const plan = planHeader(tensors, { format: 'pt' })
  return { chunks: chunksOf(plan, tensors), tensors: plan.tensors }
}

function* chunksOf(
  plan: HeaderPlan,
  tensors: readonly (TensorToWrite | TensorInPieces)[],
): Generator<Uint8Array, void, undefined> {
  yield plan.bytes
  for (const tensor of tensors) {
    let byteLength = 0
    for (const piece of 'data' in tensor ? [tensor.data] : tensor.pieces) {
      byteLength += piece.byteLength
      yield bytesOf(piece)
    }
    checkByteLength(plan, tensor.name, byteLength)
  }
}

function checkByteLength(plan: HeaderPlan, name: string, byteLength: number): void {
  const expected = plan.tensors.get(name)?.byteLength
  if (byteLength === expected) return
  throw new EmbeddingError(
    'shape-mismatch',
    `Expected ${expected} bytes for tensor ${name}, got ${byteLength}`,
  )
}

/**
 * Writes `chunks` as one file, hashing them, and makes it appear under `path` at once. Several may do so at a time, threads of
 * one process and machines that share a folder: each has a temporary file of its own, `*.tmp`.
 */
export async function writeFileAtomically(path: string, chunks: Iterable<Uint8Array>): Promise<WrittenFile> {
  const temporary = `${path}.${randomUUID()}.tmp`
  const hash = createHash('sha256')
  let byteLength = 0
  try {
    const file = await open(temporary, 'wx')
    try {
      for (const chunk of chunks) {
        // In slices, so that hashing a large table does not hold up the event loop for long.
        for (let start = 0; start < chunk.length; start += sliceBytes) {
          const slice = chunk.subarray(start, start + sliceBytes)
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
