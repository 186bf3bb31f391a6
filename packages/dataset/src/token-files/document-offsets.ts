import { npyHeader } from './npy.ts'
import type { DocumentStarts } from './document-starts.ts'
import { int64Bytes } from './int64-bytes.ts'

/** `document_offsets.npy`: int64, where each document begins, and at the end the number of ids. */
export async function* encodeDocumentOffsets(starts: DocumentStarts): AsyncGenerator<Uint8Array, void> {
  yield npyHeader('<i8', [starts.documents + 1])
  for await (const block of starts.blocks()) yield int64Bytes(block)
  yield int64Bytes([starts.tokens])
}
