import {
  createPartWriter,
  findReceipt,
  toBfloat16Bits,
  toFloat16Bits,
  type DatasetStorage,
  type PartBatch,
  type PartReceipt,
} from '@sluice/dataset'
import type { Embedder } from '@sluice/embedding'
import type { Plan } from '../plan/plan.ts'
import type { TokenPlacer } from '../tokens/token-places.ts'
import type { TokenReader } from '../tokens/token-stream.ts'
import type { RowOrder } from '../windows/row-order.ts'
import type { WantedWindows, WindowLocator } from '../windows/piece.ts'
import { fillBoundaries, fillDocumentIds, fillPositions } from './document-columns.ts'
import { fillWindows } from './fill-windows.ts'
import type { PartBuffers } from './part-buffers.ts'
import type { PartTask } from '../task/part-task.ts'

/** What making a part needs besides the task. */
export interface EmbedContext {
  readonly storage: DatasetStorage
  readonly plan: Plan
  readonly planId: string
  readonly tokens: TokenReader
  readonly placer: TokenPlacer
  readonly locator: WindowLocator
  /** Which window each row holds; undefined where row r holds window r. */
  readonly order: RowOrder | undefined
  /** Undefined where rows hold no embeddings. */
  readonly embedder: Embedder | undefined
  readonly buffers: PartBuffers
  readonly signal: AbortSignal
  /** Told how many windows were made since the last call. */
  readonly onWindows: (rows: number) => void
  /** Told when only the publishing is left: the buffers may be used for the next part. */
  readonly onWritten: () => void
}

/** Makes one part: ids → windows → embeddings → Arrow, one record batch at a time. A finished part is not made again. */
export async function embedPart(task: PartTask, context: EmbedContext): Promise<PartReceipt> {
  const { storage, plan, planId, signal, onWindows, onWritten } = context
  const receipt = await findReceipt(storage, { index: task.part, planId })
  if (receipt !== undefined) {
    onWindows(receipt.rows)
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
    signal.throwIfAborted()
    const rows = Math.min(plan.layout.rowsPerBatch, task.rows - done)
    documents += await fillBatch(task.firstWindow + done, rows, context)
    writer.append(batchOf(rows, context))
    done += rows
    onWindows(rows)
  }
  onWritten()
  return writer.finish({ documents })
}

/** Fills the buffers with `rows` rows of the dataset; returns how many documents begin in them. */
async function fillBatch(firstRow: number, rows: number, context: EmbedContext): Promise<number> {
  const { plan, tokens, placer, locator, order, embedder, buffers, signal } = context
  const { maxLength, positions, documents, dim } = plan.config
  const windows = buffers.window.subarray(0, rows)
  if (order === undefined) for (let row = 0; row < rows; row += 1) windows[row] = firstRow + row
  else await order.read(firstRow, windows)
  const wanted = inTheirOrder(windows, buffers)
  buffers.pieces.clear()
  await locator.locate(wanted, buffers.pieces)
  const { endOfTextId } = plan.tokenizer
  await fillWindows(rows, { tokens, placer, maxLength, endOfTextId, buffers })
  if (positions === 'restart') fillPositions(rows, maxLength, buffers)
  if (documents === 'ids') fillDocumentIds(rows, maxLength, buffers)
  const size = rows * maxLength
  await embedder?.embed(
    buffers.inputIds.subarray(0, size),
    positions === 'restart' ? buffers.positionIds.subarray(0, size) : buffers.positionIds,
    buffers.inputsEmbeds.subarray(0, size * dim),
    { signal },
  )
  return countDocuments(wanted, context)
}

/** The rows of a batch in the order of their windows. */
function inTheirOrder(windows: Float64Array, { wantedRows, wantedWindows }: PartBuffers): WantedWindows {
  const count = windows.length
  const rows = wantedRows.subarray(0, count)
  for (let row = 0; row < count; row += 1) rows[row] = row
  if (!isRising(windows)) rows.sort((left, right) => windows[left]! - windows[right]!)
  for (let index = 0; index < count; index += 1) wantedWindows[index] = windows[rows[index]!]!
  return { count, rows, windows: wantedWindows }
}

function isRising(values: Float64Array): boolean {
  for (let index = 1; index < values.length; index += 1) if (values[index]! < values[index - 1]!) return false
  return true
}

/** Documents cut for themselves begin in their first window; others where the window that ends `stride` ids on begins. */
async function countDocuments(
  { count, windows }: WantedWindows,
  { plan, tokens, placer, order, buffers }: EmbedContext,
): Promise<number> {
  const { boundary, stride } = plan.config
  if (boundary === 'document') return buffers.pieces.begun
  const countIn = (first: number, end: number): Promise<number> =>
    placer.countDocuments(first * stride, Math.min(end * stride, tokens.index.tokens))
  if (order === undefined) return countIn(windows[0]!, windows[count - 1]! + 1)
  let begun = 0
  for (const window of windows.subarray(0, count)) begun += await countIn(window, window + 1)
  return begun
}

/** The embeddings as the layout keeps them: float32, or its bits rounded to nearest, ties to even. */
function embedsAs(
  dtype: Plan['layout']['dtype'],
  length: number,
  { inputsEmbeds, halfEmbeds }: PartBuffers,
): Float32Array | Uint16Array {
  const full = inputsEmbeds.subarray(0, length)
  if (dtype === 'f32') return full
  const half = halfEmbeds.subarray(0, length)
  if (dtype === 'f16') toFloat16Bits(full, half)
  else toBfloat16Bits(full, half)
  return half
}

function batchOf(rows: number, { plan, embedder, order, buffers }: EmbedContext): PartBatch {
  const { maxLength, dim, documents, positions } = plan.config
  const size = rows * maxLength
  return {
    rows,
    inputIds: buffers.inputIds.subarray(0, size),
    targetIds: buffers.targetIds.subarray(0, size),
    ...(embedder !== undefined && { inputsEmbeds: embedsAs(plan.layout.dtype, size * dim, buffers) }),
    ...(positions === 'restart' && { positionIds: buffers.positionIds.subarray(0, size) }),
    ...(documents === 'ids' && { documentIds: buffers.documentIds.subarray(0, size) }),
    ...(documents === 'boundaries' && { cuSeqlens: fillBoundaries(rows, maxLength, buffers) }),
    ...(documents !== 'none' && { document: buffers.document.subarray(0, rows) }),
    ...(order !== undefined && { window: buffers.window.subarray(0, rows) }),
    source: buffers.source.subarray(0, rows),
    byteStart: buffers.byteStart.subarray(0, rows),
    byteEnd: buffers.byteEnd.subarray(0, rows),
  }
}
