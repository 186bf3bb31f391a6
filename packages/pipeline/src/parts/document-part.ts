import {
  createDocumentPartWriter,
  findReceipt,
  tokensPerBatchOf,
  type DocumentRows,
  type PartReceipt,
} from '@sluice/dataset'
import type { IdWindows } from '@sluice/embedding'
import { frameOf } from '../plan/document-frame.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunScope } from '../sources/run-scope.ts'
import type { PartTask } from '../task/part-task.ts'
import type { TaskControl } from '../task/task-control.ts'
import { rangesOfDocuments, type PlacedDocument } from '../windows/document-ranges.ts'
import { Filling } from '../windows/filling.ts'
import type { DocumentBuffers } from './document-buffers.ts'
import type { DocumentMaker } from './document-maker.ts'
import { fillDocuments } from './fill-documents.ts'
import { readKeptTexts } from './kept-texts.ts'
import { poolMeans } from './mean-pool.ts'

/** What making a part of documents needs besides the task. */
export interface DocumentPartContext {
  readonly run: RunScope
  readonly thread: DocumentMaker
  readonly control: TaskControl
}

/** Makes one part whose rows are documents, a record batch at a time. A finished part is not made again. */
export async function makeDocumentPart(task: PartTask, context: DocumentPartContext): Promise<PartReceipt> {
  const { run, control, thread } = context
  const { storage, plan, planId } = run
  const { layout, config } = plan
  const receipt = await findReceipt(storage, { index: task.part, planId })
  if (receipt !== undefined) {
    control.onProgress(receipt.rows)
    return receipt
  }
  await using writer = createDocumentPartWriter({
    ...{ storage, layout, planId },
    index: task.part,
    firstWindow: task.firstWindow,
  })
  const append = async (documents: readonly PlacedDocument[]): Promise<void> => {
    control.signal.throwIfAborted()
    await writer.append(await rowsOf(documents, task.firstWindow + writer.rows, context))
    control.onProgress(documents.length)
  }
  // Which documents share a batch follows from their lengths alone.
  const filling = new Filling({ rows: layout.rowsPerBatch, tokens: tokensPerBatchOf(layout) })
  let batch: PlacedDocument[] = []
  let left = task.rows
  for await (const document of rangesOfDocuments(thread.tokens, thread.windows, config, task.firstWindow)) {
    const length = Math.min(document.length, config.maxLength)
    if (!filling.take(length)) {
      await append(batch)
      batch = []
      filling.clear()
      filling.take(length)
    }
    batch.push(document)
    if (--left === 0) break
  }
  await append(batch)
  control.onWritten()
  return writer.finish({ documents: writer.rows })
}

/** The rows of a record batch. */
async function rowsOf(
  documents: readonly PlacedDocument[],
  firstDocument: number,
  { run: { plan }, thread, control }: DocumentPartContext,
): Promise<DocumentRows> {
  const { buffers, kept } = thread
  const { layout, config } = plan
  const rows = documents.length
  const { maxLength } = config
  await fillDocuments(documents, { ...thread, maxLength, closing: closingOf(plan) })
  const { offsets, source, byteStart, byteEnd, ids } = buffers
  const numbers = Float64Array.from({ length: rows }, (_, row) => firstDocument + row)
  return {
    rows,
    offsets: offsets.subarray(0, rows + 1),
    inputIds: ids.subarray(0, offsets[rows]),
    ...(await vectorsOf(rows, plan, thread, control.signal)),
    ...(kept !== undefined && { kept: await readKeptTexts(kept, numbers, layout.kept!.names.length) }),
    source: source.subarray(0, rows),
    byteStart: byteStart.subarray(0, rows),
    byteEnd: byteEnd.subarray(0, rows),
  }
}

/** What stands after the text of every document. */
function closingOf({ tokenizer, config }: Plan): readonly number[] {
  const { after } = frameOf(tokenizer)
  return config.separator === 'after' ? [...after, tokenizer.endOfTextId] : after
}

async function vectorsOf(
  rows: number,
  { layout }: Plan,
  { vectors, buffers }: DocumentMaker,
  signal: AbortSignal,
): Promise<Pick<DocumentRows, 'inputsEmbeds' | 'firstBlock' | 'embedding'>> {
  if (vectors === undefined) return {}
  if (layout.pool === 'mean')
    return { embedding: await poolMeans(rows, layout.dim, vectors, buffers, signal) }
  const tokens = buffers.offsets[rows]!
  // No row of the batch has an id: there is nothing to look up.
  if (tokens === 0) return noVectors(layout)
  return vectors.make(
    {
      ids: buffers.ids.subarray(0, tokens),
      positions: buffers.positions.subarray(0, tokens),
      // Each text for itself where positions count; a lookup takes all ids at once.
      windows: () =>
        layout.firstBlockDim === undefined ? [wholeOf(tokens, buffers)] : textsOf(rows, buffers),
      memory: buffers,
    },
    signal,
  )
}

function noVectors({
  dtype,
  firstBlockDim,
}: Plan['layout']): Pick<DocumentRows, 'inputsEmbeds' | 'firstBlock'> {
  const none = dtype === 'f32' ? new Float32Array(0) : new Uint16Array(0)
  return { inputsEmbeds: none, ...(firstBlockDim !== undefined && { firstBlock: none }) }
}

/** All ids of a batch as one text. */
function wholeOf(tokens: number, { ids }: DocumentBuffers): IdWindows {
  return { ids: ids.subarray(0, tokens), length: tokens }
}

/** Each document as a model is given it: alone, without padding. */
function textsOf(rows: number, { ids, offsets }: DocumentBuffers): readonly IdWindows[] {
  const texts: IdWindows[] = []
  for (let row = 0; row < rows; row++) {
    const length = offsets[row + 1]! - offsets[row]!
    if (length > 0) texts.push({ ids: ids.subarray(offsets[row], offsets[row + 1]), length })
  }
  return texts
}
