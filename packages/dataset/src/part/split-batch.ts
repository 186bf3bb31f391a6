import { sliceCuSeqlens } from './cu-seqlens.ts'
import type { PartBatch } from './part-batch.ts'
import { slicePieces } from './piece-lists.ts'
import { sliceTexts } from './text-values.ts'

/** Rows `first` to `end` of a batch as views of its arrays. */
export function sliceBatch(batch: PartBatch, first: number, end: number): PartBatch {
  const { rows } = batch
  const cut = <T extends { readonly length: number; subarray(start: number, end: number): T }>(
    array: T,
  ): T => {
    const perRow = array.length / rows
    return array.subarray(first * perRow, end * perRow)
  }
  return {
    rows: end - first,
    inputIds: cut<Int32Array | Uint16Array>(batch.inputIds),
    targetIds: cut<Int32Array | Uint16Array>(batch.targetIds),
    source: cut(batch.source),
    byteStart: cut<Float64Array | BigInt64Array>(batch.byteStart),
    byteEnd: cut<Float64Array | BigInt64Array>(batch.byteEnd),
    ...(batch.inputsEmbeds && { inputsEmbeds: cut<Float32Array | Uint16Array>(batch.inputsEmbeds) }),
    ...(batch.firstBlock && { firstBlock: cut<Float32Array | Uint16Array>(batch.firstBlock) }),
    ...(batch.positionIds && { positionIds: cut(batch.positionIds) }),
    ...(batch.documentIds && { documentIds: cut(batch.documentIds) }),
    ...(batch.document && { document: cut<Float64Array | BigInt64Array>(batch.document) }),
    ...(batch.window && { window: cut<Float64Array | BigInt64Array>(batch.window) }),
    ...(batch.cuSeqlens && { cuSeqlens: sliceCuSeqlens(batch.cuSeqlens, first, end) }),
    ...(batch.kept && { kept: batch.kept.map((texts) => sliceTexts(texts, first, end)) }),
    ...(batch.pieces && { pieces: slicePieces(batch.pieces, first, end) }),
  }
}
