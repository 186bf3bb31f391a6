import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The documents of flat tokens, as numpy would cut them. */
export function readFlatTokens(folder: string): number[][] {
  const bytes = readFileSync(join(folder, 'tokens.bin'))
  const ids = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index))
  const npy = readFileSync(join(folder, 'document_offsets.npy'))
  const from = 10 + npy.readUInt16LE(8)
  const offsets = Array.from({ length: (npy.length - from) / 8 }, (_, at) =>
    Number(npy.readBigInt64LE(from + 8 * at)),
  )
  if (offsets.at(-1) !== ids.length)
    throw new Error(`Expected the last document to end at ${ids.length}, got ${offsets.at(-1)}`)
  return offsets.slice(1).map((end, index) => ids.slice(offsets[index], end))
}
