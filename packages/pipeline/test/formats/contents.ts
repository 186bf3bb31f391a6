import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  folderStorage,
  holdsDocuments,
  holdsTokenFiles,
  openDataset,
  openDocuments,
  readTokenManifest,
  textAt,
  tokensName,
  type Dataset,
  type DatasetStorage,
  type TextValues,
} from '@sluice/dataset'

/** What a dataset holds, so that it can be compared with what a later version reads there: rows, and the sha256 of each column. */
export interface Contents {
  readonly version: number
  readonly length: number
  readonly columns: Readonly<Record<string, string>>
}

/** The columns by the names that they have in Arrow and in the Python reader. */
const names = {
  inputIds: 'input_ids',
  targetIds: 'target_ids',
  inputsEmbeds: 'inputs_embeds',
  firstBlock: 'first_block',
  embedding: 'embedding',
  positionIds: 'position_ids',
  documentIds: 'document_ids',
  document: 'document',
  window: 'window',
  source: 'source',
  byteStart: 'byte_start',
  byteEnd: 'byte_end',
} as const

/** Reads all of a dataset, with what a lazy one adds up on read. */
export async function contentsOf(folder: string): Promise<Contents> {
  const storage = folderStorage(folder)
  if (await holdsTokenFiles(storage)) {
    const { version, totals } = await readTokenManifest(storage)
    return {
      version,
      length: totals.tokens,
      columns: { tokens: sha256(readFileSync(join(folder, tokensName))) },
    }
  }
  if (await holdsDocuments(storage)) return contentsOfDocuments(storage)
  await using dataset = await openDataset(storage)
  const batch = await dataset.read(0, dataset.length, { embeds: dataset.hasEmbeddings })
  const arrays = hashesOf(batch)
  const kept = keptOf(dataset, batch.kept)
  const { cuSeqlens, pieces } = batch
  const lists = [
    ...(cuSeqlens ? [['cu_seqlens', sha256(bytesOf(cuSeqlens.values))] as const] : []),
    ...Object.entries(pieces ?? {}).map(
      ([key, values]) => [`pieces.${key}`, sha256(bytesOf(values))] as const,
    ),
  ]
  return {
    version: dataset.manifest.version,
    length: dataset.length,
    columns: Object.fromEntries([...arrays, ...kept, ...lists]),
  }
}

/** Lists of all rows one after the other, and `lengths`: how many items each row has. */
async function contentsOfDocuments(storage: DatasetStorage): Promise<Contents> {
  await using dataset = await openDocuments(storage)
  const { kept, offsets, ...batch } = await dataset.read(0, dataset.length)
  const lengths = Int32Array.from({ length: dataset.length }, (_, row) => offsets[row + 1]! - offsets[row]!)
  return {
    version: dataset.manifest.version,
    length: dataset.length,
    columns: Object.fromEntries([
      ['lengths', sha256(bytesOf(lengths))],
      ...hashesOf(batch),
      ...keptOf(dataset, kept),
    ]),
  }
}

function hashesOf(batch: Partial<Readonly<Record<keyof typeof names, ArrayBufferView>>>): [string, string][] {
  return Object.entries(names).flatMap(([key, name]) => {
    const values = batch[key as keyof typeof names]
    return values === undefined ? [] : [[name, sha256(bytesOf(values))]]
  })
}

function keptOf(
  { length, layout }: Pick<Dataset, 'length' | 'layout'>,
  kept: readonly TextValues[] = [],
): [string, string][] {
  return kept.map((texts, column) => {
    const values = Array.from({ length }, (_, row) => textAt(texts, row))
    return [layout.kept!.names[column]!, sha256(JSON.stringify(values))]
  })
}

/** Numbers as the format has them: those that JavaScript may hold as doubles are int64. */
function bytesOf(values: ArrayBufferView): Uint8Array {
  const array = values instanceof Float64Array ? BigInt64Array.from(values, BigInt) : values
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
