import type { CuSeqlens } from '@sluice/dataset'
import type { PartBuffers } from './part-buffers.ts'

/** Positions that begin at 0 with each row and with each document in it. */
export function fillPositions(rows: number, maxLength: number, { begins, positionIds }: PartBuffers): void {
  let position = 0
  for (let at = 0; at < rows * maxLength; at++) {
    if (at % maxLength === 0 || begins[at] === 1) position = 0
    positionIds[at] = position
    position++
  }
}

/** The number of each id's document in its row, from 0. */
export function fillDocumentIds(rows: number, maxLength: number, { begins, documentIds }: PartBuffers): void {
  let document = 0
  for (let at = 0; at < rows * maxLength; at++) {
    if (at % maxLength === 0) document = 0
    else if (begins[at] === 1) document++
    documentIds[at] = document
  }
}

/** Of each row: 0, where each further document begins, `maxLength`. */
export function fillBoundaries(
  rows: number,
  maxLength: number,
  { begins, seqlenOffsets, seqlens }: PartBuffers,
): CuSeqlens {
  let count = 0
  for (let row = 0; row < rows; row++) {
    seqlenOffsets[row] = count
    seqlens[count++] = 0
    for (let column = 1; column < maxLength; column++) {
      if (begins[row * maxLength + column] === 1) seqlens[count++] = column
    }
    seqlens[count++] = maxLength
  }
  seqlenOffsets[rows] = count
  return { offsets: seqlenOffsets.subarray(0, rows + 1), values: seqlens.subarray(0, count) }
}
