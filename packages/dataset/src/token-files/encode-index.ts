import { encodeDocumentOffsets } from './document-offsets.ts'
import type { DocumentStarts } from './document-starts.ts'
import { encodeMegatronIndex } from './megatron-index.ts'
import type { FlatIdType } from './token-format.ts'

/**
 * The bytes of the file that says where documents begin: its format is that of the ids, of which only `tokens` has uint32.
 *
 * @throws DatasetError `invalid-argument` for documents that the format has no room for
 */
export function encodeDocumentIndex(
  idType: FlatIdType,
  starts: DocumentStarts,
): AsyncGenerator<Uint8Array, void> {
  return idType === 'uint32' ? encodeDocumentOffsets(starts) : encodeMegatronIndex(starts, idType)
}
