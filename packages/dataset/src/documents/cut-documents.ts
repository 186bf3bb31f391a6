import type { Dataset } from '../reader/dataset.ts'
import { heldIds, idAt } from './held-ids.ts'
import { LoneDocuments } from './lone-documents.ts'
import { orderedRows } from './ordered-rows.ts'
import { TokenRunBuilder, type TokenRun } from './token-run.ts'

const columns = ['input_ids', 'target_ids', 'document', 'window'] as const

/**
 * The documents of windows that end with their document: the windows of each overlap to its text. Where windows are filled up that
 * is all of it, and documents of one id come from a list of their own; where they are not, documents without a window, and the ids
 * after a document's last window, are not in the dataset.
 */
export async function* cutDocuments(dataset: Dataset): AsyncGenerator<TokenRun, void> {
  const { layout, manifest } = dataset
  const { stride } = manifest.windows
  const builder = new TokenRunBuilder()
  const lone = await LoneDocuments.open(dataset)
  let document: bigint | undefined
  /** Ids of the document so far, and where in it the next window starts. */
  let taken = 0
  let start = 0
  for await (const batch of orderedRows(dataset, columns)) {
    for (let row = 0; row < batch.rows; row++) {
      const of = batch.document![row]!
      if (of !== document) {
        document = of
        taken = 0
        start = 0
        if (lone.isBefore(Number(of))) await lone.addBefore(Number(of), builder)
        builder.begin()
      }
      const { ids } = heldIds(batch, row, layout)
      for (let at = Math.max(0, taken - start); at < ids; at++) builder.add(idAt(batch, row, at, layout))
      taken = Math.max(taken, start + ids)
      start += stride
    }
    yield builder.take()
  }
  await lone.addBefore(Infinity, builder)
  yield builder.take()
}
