import type { DatasetDocuments } from '../documents/dataset-documents.ts'
import { DocumentLengths } from '../documents/document-lengths.ts'
import { bytesOf } from '../layout/typed-array.ts'
import { encodeDocumentIndex } from '../token-files/encode-index.ts'
import { documentIndexName, flatIdTypeOf, tokensName, type TokenFormat } from '../token-files/token-format.ts'
import type { ExportFolder } from './export-folder.ts'

/** Writes documents as flat ids and the file that says where each begins. */
export async function exportFlat(
  { runs }: DatasetDocuments,
  folder: ExportFolder,
  format: TokenFormat,
  vocabSize: number,
): Promise<DocumentLengths> {
  const idType = flatIdTypeOf(format, vocabSize)
  const bin = folder.file(tokensName)
  const lengths = new DocumentLengths()
  for await (const run of runs) {
    // Ids are never negative, so the bytes of int32 and uint32 are the same.
    bin.write([bytesOf(idType === 'uint16' ? Uint16Array.from(run.ids) : run.ids)])
    lengths.add(run)
  }
  const index = folder.file(documentIndexName[format])
  for await (const bytes of encodeDocumentIndex(idType, lengths)) index.write([bytes])
  return lengths
}
