import type { DatasetLayout } from '../layout/layout.ts'
import { ignoredTarget, type PartBatch } from '../part/part-batch.ts'
import { byteStartOf, type PendingIds } from './pending-ids.ts'
import type { WindowSpan } from './text-windows.ts'

/** The rows of one record batch while they are filled; the memory is used again for the next. */
export class RowBatch {
  readonly #layout: DatasetLayout
  readonly #fill: number
  readonly #arrays: Arrays
  #rows = 0
  #seqlens = 0

  /** @param fill - the id that fills windows up */
  constructor(layout: DatasetLayout, fill: number) {
    this.#layout = layout
    this.#fill = fill
    this.#arrays = allocate(layout)
  }

  get rows(): number {
    return this.#rows
  }

  /** Adds a window of the text whose ids are pending. */
  add({ start, inputs, targets }: WindowSpan, pending: PendingIds): void {
    const { maxLength } = this.#layout
    const { inputIds, targetIds, document, byteStart, byteEnd } = this.#arrays
    const row = this.#rows++
    const from = row * maxLength
    const end = start + inputs
    inputIds.set(pending.view(start, end), from)
    inputIds.fill(this.#fill, from + inputs, from + maxLength)
    targetIds.set(pending.view(start + 1, start + 1 + targets), from)
    targetIds.fill(ignoredTarget, from + targets, from + maxLength)
    const runs = pending.runsOf(start, end)
    const [first, last] = [runs[0]!, runs.at(-1)!]
    document[row] = first.document
    byteStart[row] = byteStartOf(first, start)
    byteEnd[row] = byteStartOf(last, end)
    const begins = runs.slice(1).map((run) => run.start - start)
    // The filling counts as a document of its own, so that nothing attends to it.
    this.#addDocuments(from, inputs < maxLength ? [0, ...begins, inputs] : [0, ...begins])
  }

  /** The columns that say where documents begin in a row: `begins` are places in it, the first of them 0. */
  #addDocuments(from: number, begins: readonly number[]): void {
    const { maxLength, documents, positionIds: hasPositions } = this.#layout
    const { documentIds, positionIds, seqlens, seqlenOffsets } = this.#arrays
    for (const [index, begin] of begins.entries()) {
      const end = begins[index + 1] ?? maxLength
      if (documents === 'ids') documentIds.fill(index, from + begin, from + end)
      if (hasPositions) for (let at = begin; at < end; at++) positionIds[from + at] = at - begin
    }
    if (documents !== 'boundaries') return
    seqlens.set([...begins, maxLength], this.#seqlens)
    this.#seqlens += begins.length + 1
    seqlenOffsets[this.#rows] = this.#seqlens
  }

  /** Gives the rows, without embeddings, and begins anew. They are valid until the next is added. */
  take(): PartBatch {
    const { documents, positionIds: hasPositions, maxLength } = this.#layout
    const { inputIds, targetIds, documentIds, positionIds, seqlens, seqlenOffsets, ...perRow } = this.#arrays
    const rows = this.#rows
    const size = rows * maxLength
    const batch: PartBatch = {
      rows,
      inputIds: inputIds.subarray(0, size),
      targetIds: targetIds.subarray(0, size),
      ...(hasPositions && { positionIds: positionIds.subarray(0, size) }),
      ...(documents === 'ids' && { documentIds: documentIds.subarray(0, size) }),
      ...(documents === 'boundaries' && {
        cuSeqlens: {
          offsets: seqlenOffsets.subarray(0, rows + 1),
          values: seqlens.subarray(0, this.#seqlens),
        },
      }),
      ...(documents !== 'none' && { document: perRow.document.subarray(0, rows) }),
      source: perRow.source.subarray(0, rows),
      byteStart: perRow.byteStart.subarray(0, rows),
      byteEnd: perRow.byteEnd.subarray(0, rows),
    }
    this.#rows = 0
    this.#seqlens = 0
    return batch
  }
}

type Arrays = ReturnType<typeof allocate>

function allocate({ rowsPerBatch: rows, maxLength, documents, positionIds }: DatasetLayout) {
  const size = rows * maxLength
  return {
    inputIds: new Int32Array(size),
    targetIds: new Int32Array(size),
    documentIds: new Int32Array(documents === 'ids' ? size : 0),
    positionIds: new Int32Array(positionIds ? size : 0),
    seqlenOffsets: new Int32Array(documents === 'boundaries' ? rows + 1 : 0),
    seqlens: new Int32Array(documents === 'boundaries' ? rows * (maxLength + 1) : 0),
    document: new Float64Array(rows),
    source: new Int32Array(rows),
    byteStart: new Float64Array(rows),
    byteEnd: new Float64Array(rows),
  }
}
