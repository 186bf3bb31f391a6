import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

/**
 * Reads `tokens.idx` and `tokens.bin` by the layout of Megatron-LM's `IndexedDataset`: magic, uint64 version, uint8 dtype
 * code, uint64 numbers of sequences and of document indices, then int32 lengths, int64 pointers and int64 indices.
 */
export function readMegatron(folder: string): number[][] {
  const index = readFileSync(join(folder, 'tokens.idx'))
  expect(index.subarray(0, 9).toString('latin1')).toBe('MMIDIDX\0\0')
  expect(index.readBigUInt64LE(9)).toBe(1n)
  const idByteLength = { 4: 4, 8: 2 }[index.readUInt8(17)]!
  const sequences = Number(index.readBigUInt64LE(18))
  expect(Number(index.readBigUInt64LE(26))).toBe(sequences + 1)
  const pointers = 34 + 4 * sequences
  const documents = pointers + 8 * sequences
  expect(index.length).toBe(documents + 8 * (sequences + 1))
  const bytes = readFileSync(join(folder, 'tokens.bin'))
  let end = 0
  const read = Array.from({ length: sequences }, (_, sequence) => {
    expect(Number(index.readBigInt64LE(documents + 8 * sequence))).toBe(sequence)
    const length = index.readInt32LE(34 + 4 * sequence)
    const start = Number(index.readBigInt64LE(pointers + 8 * sequence))
    expect(start).toBe(end)
    end = start + length * idByteLength
    return Array.from({ length }, (_id, at) => bytes.readUIntLE(start + at * idByteLength, idByteLength))
  })
  expect(bytes.length).toBe(end)
  return read
}
