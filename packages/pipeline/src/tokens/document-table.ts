import {
  documentRows,
  publishJson,
  readJson,
  TextBuilder,
  writeDocuments,
  type DatasetStorage,
  type DocumentBatch,
  type DocumentTableIdentity,
} from '@sluice/dataset'
import { keptColumns } from '../plan/kept-columns.ts'
import type { Plan } from '../plan/plan.ts'
import { gapOf, lengthOfRow } from './document-sums.ts'
import { KeptReader, type KeptRecord } from './kept-reader.ts'
import { documentRowLength } from './token-file.ts'
import { sourceOfRow, type TokenReader } from './token-stream.ts'

/**
 * Publishes the table of all documents of a run whose segments are tokenized: one pass over the tables of the segments. What it is
 * lies beside the index of the ids, so that it is made once, however many ask for it.
 *
 * @param indexName of the ids
 * @returns undefined where documents carry nothing along
 */
export async function publishDocumentTable(
  storage: DatasetStorage,
  plan: Plan,
  tokens: TokenReader,
  indexName: string,
): Promise<DocumentTableIdentity | undefined> {
  const { kept } = plan.layout
  if (kept === undefined) return undefined
  const name = indexName.replace('/index-', '/documents-')
  if ((await storage.stat(name)) !== undefined)
    return (await readJson(storage, name)) as DocumentTableIdentity
  const nulls = kept.names.map(() => 0)
  const files = await writeDocuments(storage, kept, documentBatches(storage, plan, tokens, nulls))
  const columns = keptColumns(plan.config).map((column, place) => ({ ...column, nulls: nulls[place]! }))
  const table: DocumentTableIdentity = { columns, files }
  await publishJson(storage, name, table)
  return table
}

interface OpenDocument {
  readonly source: number
  readonly byteStart: number
  byteEnd: number
  readonly firstToken: number
  tokens: number
  readonly kept: KeptRecord
}

/** All documents in their order, some at a time. @param nulls counts for each column the documents without a value */
async function* documentBatches(
  storage: DatasetStorage,
  plan: Plan,
  tokens: TokenReader,
  nulls: number[],
): AsyncGenerator<DocumentBatch, void> {
  const { perBatch } = documentRows(plan.layout.kept!)
  let firstDocument = 0
  let batch: OpenDocument[] = []
  for await (const document of documents(storage, plan, tokens)) {
    for (const [place, value] of document.kept.entries()) if (value === null) nulls[place]!++
    batch.push(document)
    if (batch.length < perBatch) continue
    yield batchOf(firstDocument, batch, nulls.length)
    firstDocument += batch.length
    batch = []
  }
  if (batch.length > 0) yield batchOf(firstDocument, batch, nulls.length)
}

/** A document that goes on in later segments comes when it is whole. */
async function* documents(
  storage: DatasetStorage,
  plan: Plan,
  tokens: TokenReader,
): AsyncGenerator<OpenDocument, void> {
  const { index } = tokens
  await using kept = new KeptReader(storage, index, plan.layout.kept!.names.length)
  const gap = gapOf(plan.config)
  let open: OpenDocument | undefined
  for (const [number, segment] of index.segments.entries()) {
    const { receipt, start, skipped, continued, firstDocument } = segment
    const table = await tokens.documentTable(number)
    for (let row = 0; row < receipt.documents; row++) {
      const [first, byteStart, byteEnd] = table.subarray(row * documentRowLength) as unknown as [
        number,
        number,
        number,
      ]
      const length = lengthOfRow(table, row, receipt.tokens, gap)
      if (row === 0 && continued && open !== undefined) {
        open.byteEnd = byteEnd
        open.tokens += length
        continue
      }
      if (open !== undefined) yield open
      open = {
        source: sourceOfRow(segment, row),
        byteStart,
        byteEnd,
        firstToken: start - skipped + first,
        tokens: length,
        kept: await kept.read(firstDocument + row),
      }
    }
  }
  if (open !== undefined) yield open
}

function batchOf(firstDocument: number, batch: readonly OpenDocument[], columns: number): DocumentBatch {
  const rows = batch.length
  const numbers = (of: (document: OpenDocument) => number): Float64Array => Float64Array.from(batch, of)
  const kept = Array.from({ length: columns }, (_, place) => {
    const builder = new TextBuilder(rows)
    for (const document of batch) builder.add(document.kept[place]!)
    return builder.build()
  })
  return {
    rows,
    firstDocument,
    source: Int32Array.from(batch, ({ source }) => source),
    byteStart: numbers(({ byteStart }) => byteStart),
    byteEnd: numbers(({ byteEnd }) => byteEnd),
    firstToken: numbers(({ firstToken }) => firstToken),
    tokens: numbers(({ tokens }) => tokens),
    kept,
  }
}
