/** The names that a kept column cannot have: those of all columns that a dataset or its document table can have. */
export const reservedColumnNames: readonly string[] = [
  'window_ids',
  'input_ids',
  'target_ids',
  'inputs_embeds',
  'position_ids',
  'document_ids',
  'cu_seqlens',
  'piece_lengths',
  'piece_documents',
  'piece_first_tokens',
  'piece_sources',
  'piece_byte_starts',
  'piece_byte_ends',
  'document',
  'window',
  'source',
  'byte_start',
  'byte_end',
  'first_token',
  'tokens',
  // What exports and loaders add.
  'labels',
  'attention_mask',
]

/** Whether rows name the document of their first id. */
export function hasDocumentNumbers({
  documents,
  kept,
}: {
  readonly documents: string
  readonly kept?: unknown
}): boolean {
  return documents !== 'none' || kept !== undefined
}
