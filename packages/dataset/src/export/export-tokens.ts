import { DocumentLengths } from '../documents/document-lengths.ts'
import type { DatasetDocuments } from '../documents/dataset-documents.ts'
import { bytesOf } from '../layout/typed-array.ts'
import type { ExportFolder } from './export-folder.ts'
import { npyHeader } from './npy.ts'

/**
 * `tokens.bin`, all ids as flat uint32, and `document_offsets.npy`, int64: where each document begins, and at the end
 * the number of ids. The layout that torchtitan, nanoGPT and others map into memory.
 */
export async function exportTokens(
  { runs }: DatasetDocuments,
  folder: ExportFolder,
): Promise<DocumentLengths> {
  const tokens = folder.file('tokens.bin')
  const lengths = new DocumentLengths()
  for await (const run of runs) {
    // Ids are never negative, so the bytes of int32 and uint32 are the same.
    tokens.write([bytesOf(run.ids)])
    lengths.add(run)
  }
  const offsets = lengths.offsets()
  folder.file('document_offsets.npy').write([npyHeader('<i8', [offsets.length]), bytesOf(offsets)])
  return lengths
}
