import { npyHeader } from './npy.ts'

/**
 * Flat files of ids, as pre-training maps them into memory:
 *
 * - `tokens`: `tokens.bin`, all ids as flat uint32, and `document_offsets.npy`, int64: where each document begins, and at the end
 *   the number of ids. The layout that torchtitan, nanoGPT and others read.
 * - `megatron`: `tokens.bin` and `tokens.idx` as Megatron-LM's `IndexedDataset` maps them: one sequence a document.
 */
export const TokenFormat = { tokens: 'tokens', megatron: 'megatron' } as const
export type TokenFormat = (typeof TokenFormat)[keyof typeof TokenFormat]

/** Element type of the ids in `tokens.bin`. */
export type FlatIdType = 'uint32' | 'int32' | 'uint16'

/** The file of the ids, in either format. */
export const tokensName = 'tokens.bin'

/** The file that says where documents begin. */
export const documentIndexName: Readonly<Record<TokenFormat, string>> = {
  tokens: 'document_offsets.npy',
  megatron: 'tokens.idx',
}

/** Where the places of documents lie in the file that says them, and how many bytes that file has. */
export function documentIndexShape(
  format: TokenFormat,
  documents: number,
): { readonly startsAt: number; readonly byteLength: number } {
  if (format === 'tokens') {
    const startsAt = npyHeader('<i8', [documents + 1]).length
    return { startsAt, byteLength: startsAt + 8 * (documents + 1) }
  }
  const startsAt = megatronHeaderByteLength + 4 * documents
  return { startsAt, byteLength: startsAt + 8 * documents + 8 * (documents + 1) }
}

/** Bytes of both files. */
export function tokenFilesByteLength(
  format: TokenFormat,
  vocabSize: number,
  { tokens, documents }: { readonly tokens: number; readonly documents: number },
): number {
  const idBytes = flatIdByteLength[flatIdTypeOf(format, vocabSize)]
  return tokens * idBytes + documentIndexShape(format, documents).byteLength
}

/** Bytes before the lengths in `tokens.idx`. */
export const megatronHeaderByteLength = 34

/** Bytes of an id. */
export const flatIdByteLength: Readonly<Record<FlatIdType, 2 | 4>> = { uint32: 4, int32: 4, uint16: 2 }

/** Megatron's own limit for uint16 ids (`DType.optimal_dtype` in `megatron/core/datasets/indexed_dataset.py`). */
const uint16VocabSize = 65_500

/** The element type that a format gives the ids of a vocabulary. */
export function flatIdTypeOf(format: TokenFormat, vocabSize: number): FlatIdType {
  if (format === 'tokens') return 'uint32'
  return vocabSize < uint16VocabSize ? 'uint16' : 'int32'
}
