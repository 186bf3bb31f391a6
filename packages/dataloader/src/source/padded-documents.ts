import type { DocumentDataset, DocumentRowBatch } from '@sluice/dataset'
import { textAt } from '@sluice/dataset'
import type { KeptTexts } from './window-source.ts'

/** Whole documents side by side, filled up to the same length L. */
export interface PaddedDocuments {
  /** L */
  readonly length: number
  /** `[n]`: the ids of each document; of pooled rows the vectors that each is the mean of. */
  readonly lengths: Int32Array
  /** `[n, L]`; `padId` where filled up. Absent of pooled rows. */
  readonly inputIds?: Int32Array
  /** `[n, L]`: 1 where there is an id, 0 where filled up. Absent of pooled rows. */
  readonly attentionMask?: Uint8Array
  /** `[n, L, D]`, zeros where filled up; `Float32Array`, or bits of f16 and bf16. Where the dataset has embeddings, full or lazy. */
  readonly inputsEmbeds?: Float32Array | Uint16Array
  /** `[n, L, width]`: what the model's first block receives, where the dataset has it. Not to be passed as `inputs_embeds`. */
  readonly firstBlock?: Float32Array | Uint16Array
  /** `[n, D]`: the means of pooled rows. */
  readonly embedding?: Float32Array
}

/** How documents are read. */
export interface PadOptions {
  readonly embeds: boolean
  readonly padId: number
  readonly padToMultipleOf: number
}

/** Reads documents in any order. */
export async function readPadded(
  dataset: DocumentDataset,
  documents: Float64Array,
  { embeds, padId, padToMultipleOf }: PadOptions,
): Promise<PaddedDocuments> {
  const rows: DocumentRowBatch[] = []
  for (const document of documents) rows.push(await dataset.read(document, 1, { embeds }))
  const { dim, firstBlockDim = 0, pool } = dataset.layout
  const lengths = Int32Array.from(rows, ({ offsets }) => offsets[1]!)
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0)
  const length = pool === undefined ? Math.ceil(longest / padToMultipleOf) * padToMultipleOf : 0
  const beside = <T extends Float32Array | Uint16Array>(
    valuesOf: (row: DocumentRowBatch) => T | undefined,
    perRow: number,
  ): T | undefined => {
    const [first] = rows
    const model = first && valuesOf(first)
    if (model === undefined) return undefined
    const all = new (model.constructor as new (length: number) => T)(rows.length * perRow)
    for (const [place, row] of rows.entries()) all.set(valuesOf(row)!, place * perRow)
    return all
  }
  const embedding = beside(({ embedding: mean }) => mean, dim)
  if (pool !== undefined) return { length, lengths, ...(embedding && { embedding }) }
  const inputIds = new Int32Array(rows.length * length).fill(padId)
  const attentionMask = new Uint8Array(inputIds.length)
  for (const [place, row] of rows.entries()) {
    inputIds.set(row.inputIds!, place * length)
    attentionMask.fill(1, place * length, place * length + lengths[place]!)
  }
  const inputsEmbeds = embeds ? beside((row) => row.inputsEmbeds, length * dim) : undefined
  const firstBlock = embeds ? beside((row) => row.firstBlock, length * firstBlockDim) : undefined
  return {
    ...{ length, lengths, inputIds, attentionMask },
    ...(inputsEmbeds && { inputsEmbeds }),
    ...(firstBlock && { firstBlock }),
  }
}

/** The kept texts of documents. */
export async function readKeptOfDocuments(
  dataset: DocumentDataset,
  documents: Float64Array,
  columns: readonly string[],
): Promise<KeptTexts> {
  const names = dataset.layout.kept?.names ?? []
  const texts = new Map(columns.map((name) => [name, [] as (string | null)[]]))
  for (const document of documents) {
    const { kept = [] } = await dataset.read(document, 1, { embeds: false })
    for (const name of columns) texts.get(name)!.push(textAt(kept[names.indexOf(name)]!, 0))
  }
  return texts
}
