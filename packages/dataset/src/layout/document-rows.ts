/** What decides how long rows of documents are: part of a layout. */
interface RowLayout {
  readonly maxLength: number
  readonly dim: number
  readonly dtype: 'f32' | 'f16' | 'bf16'
  readonly embedding: 'full' | 'lazy' | 'none'
  readonly idType: 'int32' | 'uint16'
  readonly firstBlockDim?: number
  readonly pool?: 'mean'
}

/** A record batch of documents takes another as long as it has fewer ids than make this many bytes, and a part likewise. */
const batchByteLength = 8 << 20
const partByteLength = 128 << 20

/** What is made of their ids is small where rows hold means alone: there it is the work that is bounded. */
const pooledTokens = { perBatch: 1 << 18, perPart: 1 << 22 } as const

/** Bytes that each id of a row of a document takes, its vectors included; 0 where rows hold their mean alone. */
export function tokenByteLengthOf({
  dim,
  dtype,
  embedding,
  firstBlockDim = 0,
  idType,
  pool,
}: RowLayout): number {
  if (pool === 'mean') return 0
  const vectors = embedding === 'full' ? (dim + firstBlockDim) * (dtype === 'f32' ? 4 : 2) : 0
  return (idType === 'uint16' ? 2 : 4) + vectors
}

/** Bytes of the ids and vectors of the longest row. */
export function mostTokenBytes(layout: RowLayout): number {
  return layout.maxLength * tokenByteLengthOf(layout)
}

/** Bytes that each row of a document takes besides its ids and vectors. */
export function documentRowByteLength({ dim, embedding, firstBlockDim, pool }: RowLayout): number {
  const provenance = 8 + 4 + 8 + 8
  if (pool === 'mean') return 4 * dim + 4 + provenance
  const lists = 1 + (embedding === 'full' ? 1 : 0) + (firstBlockDim === undefined ? 0 : 1)
  return 4 * lists + provenance
}

/** The most ids of the documents of a record batch, but for one of a single document. */
export function tokensPerBatchOf(layout: RowLayout): number {
  if (layout.pool === 'mean') return pooledTokens.perBatch
  return Math.max(1, Math.floor(batchByteLength / tokenByteLengthOf(layout)))
}

/** The most ids of the documents of a part, but for one of a single document. */
export function tokensPerPartOf(layout: RowLayout): number {
  if (layout.pool === 'mean') return pooledTokens.perPart
  return Math.max(1, Math.floor(partByteLength / tokenByteLengthOf(layout)))
}

/** Names of the columns that rows of documents have, and kept ones may not: those that are not reserved for all datasets. */
export function columnNamesOf({
  per,
  pool,
  firstBlockDim,
}: Pick<RowLayout, 'pool' | 'firstBlockDim'> & { readonly per?: 'document' }): readonly string[] {
  if (per === undefined) return []
  return [...(pool === 'mean' ? ['embedding'] : []), ...(firstBlockDim === undefined ? [] : ['first_block'])]
}
