import type { Dataset } from '../reader/dataset.ts'
import type { WindowBatch } from '../reader/window-batch.ts'
import { heldIds, idAt, wrongRow } from './held-ids.ts'
import { orderedRows } from './ordered-rows.ts'
import { TokenRunBuilder, type TokenRun } from './token-run.ts'

const columns = ['input_ids', 'target_ids', 'document', 'document_ids', 'cu_seqlens', 'window'] as const

/**
 * The documents of windows that run over their ends. The windows overlap to one stream; of each only what the ones
 * before do not have is taken. Ids before the first window's and after the last one's are not in the dataset.
 */
export async function* streamDocuments(dataset: Dataset): AsyncGenerator<TokenRun, void> {
  const { layout, manifest } = dataset
  const { stride } = manifest.windows
  const builder = new TokenRunBuilder()
  let document: number | undefined
  let taken = 0
  let window = 0
  let last: number | undefined
  const add = (id: number, of: number): void => {
    if (of !== document) builder.begin()
    document = of
    builder.add(id)
  }
  for await (const batch of orderedRows(dataset, columns)) {
    for (let row = 0; row < batch.rows; row++, window++) {
      const start = window * stride
      const { inputs, ids } = heldIds(batch, row, layout)
      // One id between two windows may be known as the last target of the first of them only.
      if (last !== undefined && start === taken + 1) {
        add(last, document ?? 0)
        taken++
      }
      const documents = documentsOfRow(batch, row, layout.maxLength)
      for (let at = Math.max(0, taken - start); at < inputs; at++) {
        add(idAt(batch, row, at, layout), documents?.[at] ?? 0)
      }
      taken = Math.max(taken, start + inputs)
      last = ids > inputs ? idAt(batch, row, inputs, layout) : undefined
    }
    yield builder.take()
  }
  if (last === undefined) return
  // Documents are counted up to the last target, so one more than the last input's begins with it.
  const begins = document !== undefined && manifest.totals.documents > document + 1
  add(last, begins ? document! + 1 : (document ?? 0))
  yield builder.take()
}

/** The document of each input of a row, counted over the corpus; undefined without document columns. */
function documentsOfRow(batch: WindowBatch, row: number, maxLength: number): Float64Array | undefined {
  if (batch.document === undefined) return undefined
  const first = Number(batch.document[row])
  const documents = new Float64Array(maxLength).fill(first)
  if (batch.documentIds !== undefined) {
    const start = row * maxLength
    for (let at = 0; at < maxLength; at++) documents[at] = first + batch.documentIds[start + at]!
  } else if (batch.cuSeqlens !== undefined) {
    const { offsets, values } = batch.cuSeqlens
    const from = offsets[row]!
    if (values[from] !== 0 || values[offsets[row + 1]! - 1] !== maxLength) throw wrongRow(batch, row)
    for (let piece = from; piece < offsets[row + 1]! - 1; piece++) {
      documents.fill(first + piece - from, values[piece], values[piece + 1])
    }
  }
  return documents
}
