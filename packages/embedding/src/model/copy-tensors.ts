import { closeSync, openSync, readSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { EmbeddingError } from '../errors.ts'
import type { LocatedTensor } from '../load/tensor-file.ts'
import { planHeader } from '../safetensors/header.ts'
import { isStoredDtype, type StoredDtype } from '../tensor-entry.ts'

/** Bytes that are read at a time. */
const pieceBytes = 4 << 20

/** The bytes of a safetensors file that holds copies of tensors under their own names, piece by piece, in one reused memory. */
export function* copyTensors(
  tensors: readonly LocatedTensor[],
  onCopied: (name: string, sha256: string) => void = () => {},
): Generator<Uint8Array, void, undefined> {
  const planned = tensors.map(({ name, path, dtype, shape }) => ({
    ...{ name, shape },
    dtype: storedDtype(name, path, dtype),
  }))
  yield planHeader(planned, { format: 'pt' }).bytes
  for (const tensor of tensors) {
    const hash = createHash('sha256')
    for (const piece of piecesOf(tensor)) {
      hash.update(piece)
      yield piece
    }
    onCopied(tensor.name, hash.digest('hex'))
  }
}

/** Bytes of the file that {@link copyTensors} gives, about: its header is at least a page. */
export function copiedByteLength(tensors: readonly Pick<LocatedTensor, 'byteLength'>[]): number {
  return tensors.reduce((sum, { byteLength }) => sum + byteLength, 4096)
}

/** sha256 of a tensor's bytes as they lie in its file, in hexadecimal. The event loop goes on meanwhile. */
export async function hashTensor(tensor: LocatedTensor, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for (const piece of piecesOf(tensor)) {
    signal?.throwIfAborted()
    hash.update(piece)
    await setImmediate()
  }
  return hash.digest('hex')
}

function* piecesOf({
  name,
  path,
  offset,
  byteLength,
}: LocatedTensor): Generator<Uint8Array, void, undefined> {
  const file = openSync(path, 'r')
  try {
    const memory = new Uint8Array(Math.min(pieceBytes, byteLength))
    for (let at = 0; at < byteLength;) {
      const wanted = Math.min(memory.length, byteLength - at)
      const count = readSync(file, memory, 0, wanted, offset + at)
      if (count === 0)
        throw new EmbeddingError('invalid-file', `${path}: ends within ${name}; fetch it again`)
      yield memory.subarray(0, count)
      at += count
    }
  } finally {
    closeSync(file)
  }
}

function storedDtype(name: string, path: string, dtype: string): StoredDtype {
  if (isStoredDtype(dtype)) return dtype
  throw new EmbeddingError(
    'unsupported-dtype',
    `${path}: expected ${name} to be F64, F32, F16 or BF16, got ${dtype}; quantized tensors are not read`,
  )
}
