import type { DatasetDocuments } from '../documents/dataset-documents.ts'
import { DocumentLengths } from '../documents/document-lengths.ts'
import { bytesOf } from '../layout/typed-array.ts'
import type { ExportFolder } from './export-folder.ts'

/** Megatron's own limit for uint16 ids (`DType.optimal_dtype` in `megatron/core/datasets/indexed_dataset.py`). */
const uint16VocabSize = 65_500

const dtypeCode = { int32: 4, uint16: 8 } as const

/**
 * `tokens.bin` and `tokens.idx` as Megatron-LM's `IndexedDataset` maps them: one sequence a document.
 *
 * The index is `MMIDIDX\0\0`, uint64 version 1, uint8 dtype code, uint64 number of sequences, uint64 number of document
 * indices, then int32 lengths, int64 byte pointers and int64 document indices.
 */
export async function exportMegatron(
  { runs }: DatasetDocuments,
  folder: ExportFolder,
  vocabSize: number,
): Promise<DocumentLengths> {
  const narrow = vocabSize < uint16VocabSize
  const bin = folder.file('tokens.bin')
  const lengths = new DocumentLengths()
  for await (const run of runs) {
    bin.write([bytesOf(narrow ? Uint16Array.from(run.ids) : run.ids)])
    lengths.add(run)
  }
  folder.file('tokens.idx').write(encodeIndex(lengths, narrow ? 'uint16' : 'int32'))
  return lengths
}

function encodeIndex(lengths: DocumentLengths, dtype: keyof typeof dtypeCode): Uint8Array[] {
  const offsets = lengths.offsets()
  const count = lengths.documents
  const header = new Uint8Array(34)
  header.set(new TextEncoder().encode('MMIDIDX\0\0'))
  const view = new DataView(header.buffer)
  view.setBigUint64(9, 1n, true)
  view.setUint8(17, dtypeCode[dtype])
  view.setBigUint64(18, BigInt(count), true)
  view.setBigUint64(26, BigInt(count + 1), true)
  const sequenceLengths = new Int32Array(count)
  const pointers = new BigInt64Array(count)
  const documentIndices = BigInt64Array.from({ length: count + 1 }, (_, index) => BigInt(index))
  const idByteLength = dtype === 'uint16' ? 2n : 4n
  for (let index = 0; index < count; index++) {
    sequenceLengths[index] = Number(offsets[index + 1]! - offsets[index]!)
    pointers[index] = offsets[index]! * idByteLength
  }
  return [header, bytesOf(sequenceLengths), bytesOf(pointers), bytesOf(documentIndices)]
}
