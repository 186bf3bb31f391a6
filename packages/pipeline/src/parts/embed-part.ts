import { cutWindows, tokenRangeOfWindows } from '@sluice/dataloader'
import { createPartWriter, findReceipt, type DatasetStorage, type PartReceipt } from '@sluice/dataset'
import type { Embedder } from '@sluice/embedding'
import type { Plan } from '../plan.ts'
import { TokenPlacer, type PlaceRules, type TokenPlaces } from '../tokens/token-places.ts'
import type { TokenReader } from '../tokens/token-stream.ts'
import type { PartBuffers } from './part-buffers.ts'
import type { PartTask } from './part-task.ts'

/** What making a part needs besides the task. */
export interface EmbedContext {
  readonly storage: DatasetStorage
  readonly plan: Plan
  readonly planId: string
  readonly tokens: TokenReader
  readonly rules: PlaceRules
  /** Undefined where rows hold no embeddings. */
  readonly embedder: Embedder | undefined
  readonly buffers: PartBuffers
  readonly signal: AbortSignal
  /** Told how many windows were made since the last call. */
  readonly onWindows: (rows: number) => void
}

/** Makes one part: ids → windows → embeddings → Arrow, one record batch at a time. A finished part is not made again. */
export async function embedPart(task: PartTask, context: EmbedContext): Promise<PartReceipt> {
  const { storage, plan, planId, buffers, signal, onWindows } = context
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
  const placer = new TokenPlacer(context.tokens, context.rules)
  await placer.seek(task.firstWindow * plan.config.stride)
  let documents = 0
  for (let done = 0; done < task.rows;) {
    signal.throwIfAborted()
    const rows = Math.min(plan.layout.rowsPerBatch, task.rows - done)
    documents += await fillBatch(task.firstWindow + done, rows, context, placer)
    const { maxLength, dim } = plan.config
    const size = rows * maxLength
    writer.append({
      rows,
      inputIds: buffers.inputIds.subarray(0, size),
      targetIds: buffers.targetIds.subarray(0, size),
      ...(context.embedder === undefined
        ? {}
        : { inputsEmbeds: buffers.inputsEmbeds.subarray(0, size * dim) }),
      source: buffers.source.subarray(0, rows),
      byteStart: buffers.byteStart.subarray(0, rows),
      byteEnd: buffers.byteEnd.subarray(0, rows),
    })
    done += rows
    onWindows(rows)
  }
  return writer.finish({ documents })
}

/** Fills the buffers with `rows` windows; returns how many documents begin in the ids up to the next batch. */
async function fillBatch(
  firstWindow: number,
  rows: number,
  { plan, tokens, embedder, buffers, signal }: EmbedContext,
  placer: TokenPlacer,
): Promise<number> {
  const { config } = plan
  const { start, end } = tokenRangeOfWindows(firstWindow, firstWindow + rows, config)
  const next = Math.min(start + rows * config.stride, tokens.index.tokens)
  const ids = buffers.ids.subarray(0, Math.max(end, next) - start)
  await tokens.read(start, ids)
  const documents = await placer.place(ids, buffers.places, next - start)
  cutWindows(ids, rows, config, buffers.inputIds, buffers.targetIds)
  placeWindows(rows, config, buffers.places, buffers)
  if (embedder === undefined) return documents
  const size = rows * config.maxLength
  await embedder.embed(
    buffers.inputIds.subarray(0, size),
    buffers.positionIds,
    buffers.inputsEmbeds.subarray(0, size * config.dim),
    { signal },
  )
  return documents
}

/** Of each window: the source of its first id, and the range of that source which its ids came from. */
function placeWindows(
  rows: number,
  { stride, maxLength }: { readonly stride: number; readonly maxLength: number },
  places: TokenPlaces,
  { source, byteStart, byteEnd }: PartBuffers,
): void {
  for (let row = 0; row < rows; row += 1) {
    const first = row * stride
    let last = first + maxLength - 1
    const from = places.source[first]!
    while (places.source[last] !== from) last -= 1
    source[row] = from
    byteStart[row] = places.start[first]!
    byteEnd[row] = places.end[last]!
  }
}
