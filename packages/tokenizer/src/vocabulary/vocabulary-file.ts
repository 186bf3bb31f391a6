import { TokenizerError } from '../errors.ts'
import type { Vocabulary } from './vocabulary.ts'

/*
 * The file: 8 bytes magic, uint32 size, 256 bytes (the byte of each of the first 256 ranks), then for the
 * `size - 256` merges three planes: the low 16 bits of every left rank, the low 16 bits of every right rank, and one
 * byte each with the high bits (left in the low nibble, right in the high one). All numbers are little-endian.
 */
const magic = 'sluicebp'
const headerLength = 8 + 4 + 256
/** Ranks have 20 bits in the file. */
const maxSize = 1 << 20

/** Write `vocabulary` in the compact format that {@link readVocabulary} reads: 5 bytes a merge. */
export function writeVocabulary({ size, byteOfRank, left, right }: Vocabulary): Uint8Array {
  const merges = size - 256
  const file = new Uint8Array(headerLength + 5 * merges)
  const view = new DataView(file.buffer)
  for (let i = 0; i < 8; i++) file[i] = magic.charCodeAt(i)
  view.setUint32(8, size, true)
  file.set(byteOfRank, 12)
  for (let i = 0; i < merges; i++) {
    const a = left[256 + i]!
    const b = right[256 + i]!
    view.setUint16(headerLength + 2 * i, a & 0xffff, true)
    view.setUint16(headerLength + 2 * merges + 2 * i, b & 0xffff, true)
    file[headerLength + 4 * merges + i] = (a >>> 16) | ((b >>> 16) << 4)
  }
  return file
}

/**
 * Reads a vocabulary file, or its first `wantedSize` ranks.
 *
 * @throws {TokenizerError} `invalid-vocabulary` when the bytes are not such a file or a merge names a rank that is not earlier
 */
export function readVocabulary(file: Uint8Array, wantedSize?: number): Vocabulary {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const size = file.length >= headerLength ? view.getUint32(8, true) : 0
  if (size < 256 || size > maxSize || file.length !== headerLength + 5 * (size - 256) || !hasMagic(file)) {
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected a Sluice vocabulary file, got ${file.length} bytes of something else`,
    )
  }
  const merges = size - 256
  const kept = Math.min(size, wantedSize ?? size)
  const left = new Uint32Array(kept)
  const right = new Uint32Array(kept)
  for (let rank = 0; rank < 256; rank++) left[rank] = right[rank] = rank
  const lowLeft = littleEndian16(file, headerLength, merges)
  const lowRight = littleEndian16(file, headerLength + 2 * merges, merges)
  const highs = file.subarray(headerLength + 4 * merges)
  for (let i = 0; i + 256 < kept; i++) {
    const high = highs[i]!
    const a = lowLeft[i]! | ((high & 15) << 16)
    const b = lowRight[i]! | ((high >>> 4) << 16)
    if (a >= i + 256 || b >= i + 256) {
      throw new TokenizerError(
        'invalid-vocabulary',
        `Merge of rank ${i + 256} names the later rank ${Math.max(a, b)}`,
      )
    }
    left[i + 256] = a
    right[i + 256] = b
  }
  return { size: kept, byteOfRank: new Uint8Array(file.subarray(12, 268)), left, right }
}

function hasMagic(file: Uint8Array): boolean {
  for (let i = 0; i < 8; i++) if (file[i] !== magic.charCodeAt(i)) return false
  return true
}

function littleEndian16(file: Uint8Array, at: number, count: number): Uint16Array {
  const bytes = new Uint8Array(file.subarray(at, at + 2 * count))
  const numbers = new Uint16Array(bytes.buffer)
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < count; i++) numbers[i] = view.getUint16(2 * i, true)
  }
  return numbers
}
