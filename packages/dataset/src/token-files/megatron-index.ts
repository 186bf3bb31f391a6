import { DatasetError } from '../errors.ts'
import { bytesOf } from '../layout/typed-array.ts'
import type { DocumentStarts } from './document-starts.ts'
import { int64Bytes } from './int64-bytes.ts'
import { flatIdByteLength, megatronHeaderByteLength, type FlatIdType } from './token-format.ts'

/** `DType` in `megatron/core/datasets/indexed_dataset.py`. */
const dtypeCode = { int32: 4, uint16: 8 } as const

/** A sequence's length is an int32. */
const mostIds = 0x7fffffff

/** Numbers that are made at a time, where they are counted and not read. */
const atATime = 1 << 16

/**
 * `tokens.idx` of Megatron-LM's `IndexedDataset`: `MMIDIDX\0\0`, uint64 version 1, uint8 dtype code, uint64 number of sequences,
 * uint64 number of document indices, then int32 lengths, int64 byte pointers and int64 document indices.
 *
 * @throws DatasetError `invalid-argument` for a document that is longer than an int32 says
 */
export async function* encodeMegatronIndex(
  starts: DocumentStarts,
  idType: Exclude<FlatIdType, 'uint32'>,
): AsyncGenerator<Uint8Array, void> {
  const { documents, tokens } = starts
  yield headerOf(documents, dtypeCode[idType])
  let previous: number | undefined
  for await (const block of starts.blocks()) {
    // The length of a document is known where the next one begins.
    const lengths: number[] = []
    for (const start of block) {
      if (previous !== undefined) lengths.push(lengthOf(previous, start))
      previous = start
    }
    yield bytesOf(Int32Array.from(lengths))
  }
  if (previous !== undefined) yield bytesOf(Int32Array.of(lengthOf(previous, tokens)))
  for await (const block of starts.blocks())
    yield int64Bytes(block.map((start) => start * flatIdByteLength[idType]))
  for (let first = 0; first <= documents; first += atATime) {
    const count = Math.min(atATime, documents + 1 - first)
    yield int64Bytes(Float64Array.from({ length: count }, (_, at) => first + at))
  }
}

function headerOf(documents: number, code: number): Uint8Array {
  const header = new Uint8Array(megatronHeaderByteLength)
  header.set(new TextEncoder().encode('MMIDIDX\0\0'))
  const view = new DataView(header.buffer)
  view.setBigUint64(9, 1n, true)
  view.setUint8(17, code)
  view.setBigUint64(18, BigInt(documents), true)
  view.setBigUint64(26, BigInt(documents + 1), true)
  return header
}

function lengthOf(start: number, end: number): number {
  if (end - start <= mostIds) return end - start
  throw new DatasetError(
    'invalid-argument',
    `Expected documents of at most ${mostIds} ids for Megatron, got one of ${end - start}; use the format \`tokens\``,
  )
}
