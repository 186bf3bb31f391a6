import { DatasetError } from '../errors.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { WindowBatch } from '../reader/window-batch.ts'

/** What a flat export calls a document: a document of the corpus, or each window on its own. */
export type SequenceUnit = 'document' | 'window'

/** Consecutive ids of a flat export. */
export interface TokenRun {
  /** Valid until the next run is asked for. */
  readonly ids: Int32Array
  /** Indices in `ids` at which a document begins. */
  readonly starts: readonly number[]
}

/** The unit of an export: documents where the dataset knows them, else windows. */
export function resolveUnit(manifest: DatasetManifest, asked: SequenceUnit | undefined): SequenceUnit {
  const { documents } = manifest.layout
  const { stride } = manifest.windows
  const unit = asked ?? (documents === 'none' || stride > manifest.layout.maxLength ? 'window' : 'document')
  if (unit === 'window') return unit
  const reason =
    documents === 'none'
      ? 'has no document columns'
      : stride > manifest.layout.maxLength
        ? 'leaves out ids between its windows'
        : undefined
  if (reason === undefined) return unit
  throw new DatasetError(
    'invalid-argument',
    `The dataset ${reason}, so it cannot be exported by document; use \`unit: 'window'\``,
  )
}

/**
 * The ids of a dataset as one flat sequence, a record batch at a time.
 *
 * By `window`, all ids of all windows. By `document`, the token stream the windows were cut from: the first `stride` ids
 * of each window, and after the last window of a stretch the rest of it with its last target.
 */
export async function* tokenRuns(dataset: Dataset, unit: SequenceUnit): AsyncGenerator<TokenRun, void> {
  const batches = dataset.batches({ reuseMemory: true })
  if (unit === 'window') yield* windowRuns(dataset, batches)
  else yield* documentRuns(dataset, batches)
}

async function* windowRuns(
  { layout: { maxLength } }: Dataset,
  batches: AsyncIterable<WindowBatch>,
): AsyncGenerator<TokenRun, void> {
  for await (const { inputIds, rows } of batches) {
    const ids = inputIds instanceof Int32Array ? inputIds : Int32Array.from(inputIds)
    yield { ids, starts: Array.from({ length: rows }, (_, row) => row * maxLength) }
  }
}

/** The row whose successor is not known yet: whether a window goes on decides how much of the one before is new. */
interface PendingRow {
  readonly ids: Int32Array
  readonly lastTarget: number
  /** The document of each id, counted over the corpus. */
  readonly documents: Float64Array
}

async function* documentRuns(
  { layout, manifest }: Dataset,
  batches: AsyncIterable<WindowBatch>,
): AsyncGenerator<TokenRun, void> {
  const { stride, boundary } = manifest.windows
  const { maxLength } = layout
  let ids = new Int32Array(0)
  let pending: PendingRow | undefined
  let document = -1
  for await (const batch of batches) {
    const most = (batch.rows + 1) * (maxLength + 1)
    if (ids.length < most) ids = new Int32Array(most)
    let length = 0
    const starts: number[] = []
    const take = (row: PendingRow, count: number): void => {
      for (let at = 0; at < count; at++) {
        if (row.documents[at] !== document) {
          document = row.documents[at]!
          starts.push(length)
        }
        ids[length++] = row.ids[at]!
      }
    }
    for (let row = 0; row < batch.rows; row++) {
      const next = rowOf(batch, row, maxLength)
      if (pending !== undefined) {
        // Windows that stay in their document begin anew with each, and then nothing overlaps.
        const goesOn = boundary === 'cross' || next.documents[0] === pending.documents[0]
        take(pending, goesOn ? stride : maxLength)
        if (!goesOn) ids[length++] = pending.lastTarget
      }
      pending = next
    }
    yield { ids: ids.subarray(0, length), starts }
  }
  if (pending === undefined) return
  const starts = [...pending.documents.keys()].filter(
    (at) => pending.documents[at] !== (at === 0 ? document : pending.documents[at - 1]),
  )
  yield { ids: Int32Array.of(...pending.ids, pending.lastTarget), starts }
}

function rowOf(batch: WindowBatch, row: number, maxLength: number): PendingRow {
  const start = row * maxLength
  const first = Number(batch.document?.[row] ?? 0)
  const documents = new Float64Array(maxLength)
  if (batch.documentIds !== undefined) {
    for (let at = 0; at < maxLength; at++) documents[at] = first + batch.documentIds[start + at]!
  } else if (batch.cuSeqlens !== undefined) {
    const { offsets, values } = batch.cuSeqlens
    const from = offsets[row]!
    for (let piece = from; piece < offsets[row + 1]! - 1; piece++) {
      documents.fill(first + piece - from, values[piece], values[piece + 1])
    }
  }
  return {
    // Copied: the batch's memory is read into again before the row is used.
    ids: Int32Array.from(batch.inputIds.subarray(start, start + maxLength)),
    lastTarget: batch.targetIds[start + maxLength - 1]!,
    documents,
  }
}
