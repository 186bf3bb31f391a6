import type { CuSeqlens, DatasetLayout, PartBatch } from '../src/index.ts'

/** Rows that differ in every element, for a layout. */
export function makeRows(layout: DatasetLayout, rows: number): PartBatch {
  const { maxLength, vocabSize, dim, dtype } = layout
  const ids = (shift: number): Int32Array =>
    Int32Array.from({ length: rows * maxLength }, (_, index) => (index * 7 + shift) % vocabSize)
  const elements = rows * maxLength * dim
  return {
    rows,
    inputIds: layout.idType === 'uint16' ? Uint16Array.from(ids(0)) : ids(0),
    targetIds: layout.idType === 'uint16' ? Uint16Array.from(ids(7)) : ids(7),
    ...(layout.embedding === 'full' && {
      inputsEmbeds:
        dtype === 'f32'
          ? Float32Array.from({ length: elements }, (_, index) => index / 8 - 3)
          : Uint16Array.from({ length: elements }, (_, index) => (index * 5) & 0x3fff),
    }),
    ...(layout.positionIds && {
      positionIds: Int32Array.from({ length: rows * maxLength }, (_, index) => index % maxLength),
    }),
    ...(layout.documents === 'ids' && {
      documentIds: Int32Array.from({ length: rows * maxLength }, (_, index) => (index % maxLength) >> 1),
    }),
    ...(layout.documents === 'boundaries' && { cuSeqlens: makeBoundaries(rows, maxLength) }),
    ...(layout.documents !== 'none' && {
      document: Float64Array.from({ length: rows }, (_, row) => row + 2 ** 40),
    }),
    window: Float64Array.from({ length: rows }, (_, row) => row),
    source: new Int32Array(rows),
    byteStart: Float64Array.from({ length: rows }, (_, row) => row * 11 + 2 ** 33),
    byteEnd: BigInt64Array.from({ length: rows }, (_, row) => BigInt(row) * 11n + 30n),
  }
}

function makeBoundaries(rows: number, maxLength: number): CuSeqlens {
  const perRow = Array.from({ length: rows }, (_, row) => [
    0,
    ...Array.from({ length: row % maxLength }, (_unused, index) => index + 1).filter((at) => at < maxLength),
    maxLength,
  ])
  let end = 0
  const offsets = [0, ...perRow.map((values) => (end += values.length))]
  return { offsets: Int32Array.from(offsets), values: Int32Array.from(perRow.flat()) }
}

/** Copies rows `first` to `first + rows`: the obvious version of what the writer and the reader do with views. */
export function pickRows(batch: PartBatch, first: number, rows: number): PartBatch {
  const pick = <T extends { readonly length: number; slice(start: number, end: number): T }>(array: T): T => {
    const perRow = array.length / batch.rows
    return array.slice(first * perRow, (first + rows) * perRow)
  }
  const boundaries = ({ offsets, values }: CuSeqlens): CuSeqlens => ({
    offsets: offsets.slice(first, first + rows + 1).map((offset) => offset - offsets[first]!),
    values: values.slice(offsets[first], offsets[first + rows]),
  })
  return {
    rows,
    inputIds: pick<Int32Array | Uint16Array>(batch.inputIds),
    targetIds: pick<Int32Array | Uint16Array>(batch.targetIds),
    source: pick(batch.source),
    byteStart: pick<Float64Array | BigInt64Array>(batch.byteStart),
    byteEnd: pick<Float64Array | BigInt64Array>(batch.byteEnd),
    ...(batch.inputsEmbeds && { inputsEmbeds: pick<Float32Array | Uint16Array>(batch.inputsEmbeds) }),
    ...(batch.positionIds && { positionIds: pick(batch.positionIds) }),
    ...(batch.documentIds && { documentIds: pick(batch.documentIds) }),
    ...(batch.document && { document: pick<Float64Array | BigInt64Array>(batch.document) }),
    ...(batch.window && { window: pick<Float64Array | BigInt64Array>(batch.window) }),
    ...(batch.cuSeqlens && { cuSeqlens: boundaries(batch.cuSeqlens) }),
  }
}

/** A batch as plain numbers, so that int64 columns compare whatever array they came in. */
export function plainRows(batch: PartBatch): object {
  const { rows, cuSeqlens, ...arrays } = batch
  const columns = Object.entries(arrays).filter(([name]) => name !== 'firstWindow')
  return {
    rows,
    ...Object.fromEntries(columns.map(([name, values]) => [name, numbersOf(values)])),
    ...(cuSeqlens && { offsets: numbersOf(cuSeqlens.offsets), values: numbersOf(cuSeqlens.values) }),
  }
}

type Numeric = Int32Array | Uint16Array | Float32Array | Float64Array | BigInt64Array

function numbersOf(values: Numeric): number[] {
  return values instanceof BigInt64Array ? Array.from(values, Number) : Array.from(values)
}
