import { createPartWriter, findReceipt, type PartBatch, type PartReceipt } from '@sluice/dataset'
import { countWindowsOfText } from '../plan/window-cut.ts'
import type { RunScope } from '../sources/run-scope.ts'
import type { TaskControl } from '../task/task-control.ts'
import type { WantedWindows } from '../windows/piece.ts'
import { fillBoundaries, fillDocumentIds, fillPositions } from './document-columns.ts'
import { fillWindows } from './fill-windows.ts'
import { readKeptTexts } from './kept-texts.ts'
import type { PartBuffers } from './part-buffers.ts'
import type { PartMaker } from './part-maker.ts'
import type { BatchVectors } from './row-vectors.ts'
import { requestOfWindows } from './window-vectors.ts'
import type { PartTask } from '../task/part-task.ts'

/** What making a part needs besides the task. */
export interface EmbedContext {
  readonly run: RunScope
  readonly thread: PartMaker
  readonly control: TaskControl
}

/** Makes one part: ids → windows → embeddings → Arrow, one record batch at a time. A finished part is not made again. */
export async function embedPart(task: PartTask, context: EmbedContext): Promise<PartReceipt> {
  const { run, control } = context
  const { storage, plan, planId } = run
  const receipt = await findReceipt(storage, { index: task.part, planId })
  if (receipt !== undefined) {
    control.onProgress(receipt.rows)
    return receipt
  }
  await using writer = createPartWriter({
    storage,
    layout: plan.layout,
    planId,
    index: task.part,
    firstWindow: task.firstWindow,
  })
  let documents = 0
  for (let done = 0; done < task.rows;) {
    control.signal.throwIfAborted()
    const rows = Math.min(plan.layout.rowsPerBatch, task.rows - done)
    const filled = await fillBatch(task.firstWindow + done, rows, context)
    documents += filled.documents
    await writer.append(await batchOf(rows, filled.vectors, context), filled)
    done += rows
    control.onProgress(rows)
  }
  control.onWritten()
  return writer.finish({ documents })
}

/** What {@link fillBatch} made besides the buffers. */
interface FilledBatch {
  /** How many documents begin in the rows. */
  readonly documents: number
  /** Undefined where rows hold no embeddings. */
  readonly vectors: BatchVectors | undefined
  /** All ids are of the vocabulary. */
  readonly idsInside: boolean
}

/** Fills the buffers with `rows` rows of the dataset. */
async function fillBatch(firstRow: number, rows: number, context: EmbedContext): Promise<FilledBatch> {
  const { plan } = context.run
  const { tokens, placer, locator, order, vectors, buffers } = context.thread
  const { maxLength, positions, documents } = plan.config
  const windows = buffers.window.subarray(0, rows)
  if (order === undefined) for (let row = 0; row < rows; row++) windows[row] = firstRow + row
  else await order.read(firstRow, windows)
  const wanted = inTheirOrder(windows, buffers)
  buffers.pieces.clear()
  await locator.locate(wanted, buffers.pieces)
  const { endOfTextId } = plan.tokenizer
  const { vocabSize } = plan.layout
  const idsInside = await fillWindows(rows, { tokens, placer, maxLength, vocabSize, endOfTextId, buffers })
  if (positions === 'restart') fillPositions(rows, maxLength, buffers)
  if (documents === 'ids') fillDocumentIds(rows, maxLength, buffers)
  return {
    idsInside,
    vectors: await vectors?.make(requestOfWindows(rows, buffers, plan), context.control.signal),
    documents: await countDocuments(wanted, context),
  }
}

/** The rows of a batch in the order of their windows. */
function inTheirOrder(windows: Float64Array, { wantedRows, wantedWindows }: PartBuffers): WantedWindows {
  const count = windows.length
  const rows = wantedRows.subarray(0, count)
  for (let row = 0; row < count; row++) rows[row] = row
  if (!isRising(windows)) rows.sort((left, right) => windows[left]! - windows[right]!)
  for (let index = 0; index < count; index++) wantedWindows[index] = windows[rows[index]!]!
  return { count, rows, windows: wantedWindows }
}

function isRising(values: Float64Array): boolean {
  for (let index = 1; index < values.length; index++) if (values[index]! < values[index - 1]!) return false
  return true
}

/** Documents cut for themselves begin in their first window; others where the window that ends `stride` ids on begins. */
async function countDocuments(
  { count, windows }: WantedWindows,
  { run: { plan }, thread: { tokens, placer, order, buffers } }: EmbedContext,
): Promise<number> {
  const { boundary, stride, maxLength } = plan.config
  if (boundary === 'document') return buffers.pieces.begun
  const lastWindow = countWindowsOfText(tokens.index.tokens, plan.config) - 1
  const countIn = (first: number, end: number): Promise<number> => {
    // Nothing begins after the last window: what begins in all of it, its last target included, is counted there.
    const last = end - 1 === lastWindow ? lastWindow * stride + maxLength + 1 : 0
    return placer.countDocuments(first * stride, Math.min(Math.max(end * stride, last), tokens.index.tokens))
  }
  if (order === undefined) return countIn(windows[0]!, windows[count - 1]! + 1)
  let begun = 0
  for (const window of windows.subarray(0, count)) begun += await countIn(window, window + 1)
  return begun
}

async function batchOf(
  rows: number,
  vectors: BatchVectors | undefined,
  { run: { plan }, thread }: EmbedContext,
): Promise<PartBatch> {
  const { order, buffers, kept } = thread
  const { maxLength, documents, positions } = plan.config
  const size = rows * maxLength
  const document = buffers.document.subarray(0, rows)
  const { layout } = plan
  return {
    rows,
    inputIds: buffers.inputIds.subarray(0, size),
    targetIds: buffers.targetIds.subarray(0, size),
    ...vectors,
    ...(positions === 'restart' && { positionIds: buffers.positionIds.subarray(0, size) }),
    ...(documents === 'ids' && { documentIds: buffers.documentIds.subarray(0, size) }),
    ...(documents === 'boundaries' && { cuSeqlens: fillBoundaries(rows, maxLength, buffers) }),
    ...(buffers.packedRows && { pieces: buffers.packedRows.take(rows) }),
    ...((documents !== 'none' || kept !== undefined) && { document }),
    ...(kept !== undefined && {
      kept: await readKeptTexts(kept, document, layout.kept!.names.length),
    }),
    ...(order !== undefined && { window: buffers.window.subarray(0, rows) }),
    source: buffers.source.subarray(0, rows),
    byteStart: buffers.byteStart.subarray(0, rows),
    byteEnd: buffers.byteEnd.subarray(0, rows),
  }
}
