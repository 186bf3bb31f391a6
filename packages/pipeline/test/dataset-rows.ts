import { openDataset, type PieceLists } from '@sluice/dataset'
import type { SlowPiece, SlowWindow } from './slow-run.ts'

/** All rows of a dataset, as plain numbers. */
export async function readRows(folder: string): Promise<SlowWindow[]> {
  await using dataset = await openDataset(folder)
  const { maxLength } = dataset.layout
  const rows: SlowWindow[] = []
  for await (const batch of dataset.batches()) {
    const { inputIds, targetIds, documentIds, positionIds, cuSeqlens, pieces } = batch
    for (let row = 0; row < batch.rows; row++) {
      const ids = (array: Int32Array | Uint16Array): number[] =>
        Array.from(array.subarray(row * maxLength, (row + 1) * maxLength))
      rows.push({
        window: Number(batch.window[row]),
        inputIds: ids(inputIds),
        targetIds: ids(targetIds),
        source: batch.source[row]!,
        byteStart: Number(batch.byteStart[row]),
        byteEnd: Number(batch.byteEnd[row]),
        ...(batch.document && { document: Number(batch.document[row]) }),
        ...(documentIds && { documentIds: ids(documentIds) }),
        ...(positionIds && { positionIds: ids(positionIds) }),
        ...(pieces && { pieces: piecesOf(pieces, row) }),
        ...(cuSeqlens && {
          boundaries: Array.from(
            cuSeqlens.values.subarray(cuSeqlens.offsets[row], cuSeqlens.offsets[row + 1]),
          ),
        }),
      })
    }
  }
  return rows
}

function piecesOf({ offsets, ...lists }: PieceLists, row: number): SlowPiece[] {
  return Array.from({ length: offsets[row + 1]! - offsets[row]! }, (_, index) => {
    const values = Object.entries(lists).map(([key, list]) => [key, Number(list[offsets[row]! + index])])
    return Object.fromEntries(values)
  })
}
