import { closeSync, openSync, readSync } from 'node:fs'
import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import { EmbeddingError } from '../errors.ts'
import { bytesOf } from '../table.ts'
import { storedBytes, type StoredDtype } from '../tensor-entry.ts'
import { tableShape } from './load-table.ts'
import type { LocatedTensor } from './tensor-file.ts'

/** Values of a piece. */
const pieceLength = 1 << 18

/** The values of a stored table as float32, in pieces of one reused memory: f64 is narrowed, half formats are widened. */
export function* tablePieces(tensor: LocatedTensor): Generator<Float32Array, void, undefined> {
  const { numEmbeddings, embeddingDim, stored } = tableShape(tensor, {})
  const count = numEmbeddings * embeddingDim
  const memory = memoryOf(stored, Math.min(pieceLength, count))
  const values = new Float32Array(memory.length)
  const file = openSync(tensor.path, 'r')
  try {
    for (let start = 0; start < count; start += memory.length) {
      const piece = memory.subarray(0, Math.min(memory.length, count - start))
      readWhole(file, bytesOf(piece), tensor.offset + start * storedBytes[stored], tensor.path)
      const target = values.subarray(0, piece.length)
      if (piece instanceof Uint16Array) (stored === 'F16' ? decodeFloat16 : decodeBfloat16)(piece, target)
      else target.set(piece)
      yield target
    }
  } finally {
    closeSync(file)
  }
}

/** Multiplies values by a factor, each product rounded to float32 once. */
export function* scaledPieces(
  pieces: Iterable<Float32Array>,
  factor: number,
): Generator<Float32Array, void, undefined> {
  const rounded = Math.fround(factor)
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i++) piece[i] = piece[i]! * rounded
    yield piece
  }
}

function memoryOf(stored: StoredDtype, length: number): Float64Array | Float32Array | Uint16Array {
  switch (stored) {
    case 'F64':
      return new Float64Array(length)
    case 'F32':
      return new Float32Array(length)
    case 'F16':
    case 'BF16':
      return new Uint16Array(length)
  }
}

function readWhole(file: number, target: Uint8Array, position: number, path: string): void {
  for (let at = 0; at < target.length;) {
    const count = readSync(file, target, at, target.length - at, position + at)
    if (count === 0) {
      throw new EmbeddingError(
        'invalid-file',
        `${path}: ends at byte ${position + at}; it was cut while being read`,
      )
    }
    at += count
  }
}
