import {
  textAt,
  TextBuilder,
  type CuSeqlens,
  type DatasetLayout,
  type PartBatch,
  type PieceLists,
  type TextValues,
} from '../src/index.ts'
import { sliceTexts } from '../src/part/text-values.ts'

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
    ...(layout.pieces && { pieces: makePieces(rows, maxLength) }),
    ...(layout.kept && { kept: makeTexts(layout.kept.names, rows) }),
    ...((layout.documents !== 'none' || layout.kept !== undefined) && {
      document: Float64Array.from({ length: rows }, (_, row) => row + 2 ** 40),
    }),
    window: Float64Array.from({ length: rows }, (_, row) => row),
    source: new Int32Array(rows),
    byteStart: Float64Array.from({ length: rows }, (_, row) => row * 11 + 2 ** 33),
    byteEnd: BigInt64Array.from({ length: rows }, (_, row) => BigInt(row) * 11n + 30n),
  }
}

/** Texts of many lengths, some of them empty, and nothing in each fifth row. */
function makeTexts(names: readonly string[], rows: number): TextValues[] {
  return names.map((name, column) => {
    const builder = new TextBuilder(rows)
    for (let row = 0; row < rows; row++) {
      const text = `${name} ü`.repeat((row + column) % 4)
      builder.add(row % 5 === 4 ? null : Buffer.from(text))
    }
    return builder.build()
  })
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

/** Row r is packed from r mod T + 1 pieces, in which all ids but the last piece's stand alone. */
function makePieces(rows: number, maxLength: number): PieceLists {
  const lengths = Array.from({ length: rows }, (_, row) => {
    const pieces = (row % maxLength) + 1
    return [...Array.from({ length: pieces - 1 }, () => 1), maxLength - pieces + 1]
  })
  const count = lengths.flat().length
  let end = 0
  return {
    offsets: Int32Array.from([0, ...lengths.map(({ length }) => (end += length))]),
    lengths: Int32Array.from(lengths.flat()),
    documents: Float64Array.from({ length: count }, (_, piece) => piece + 2 ** 41),
    firstTokens: Float64Array.from({ length: count }, (_, piece) => 3 * piece),
    sources: new Int32Array(count),
    byteStarts: Float64Array.from({ length: count }, (_, piece) => 5 * piece + 2 ** 34),
    byteEnds: BigInt64Array.from({ length: count }, (_, piece) => 5n * BigInt(piece) + 4n),
  }
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
    ...(batch.kept && { kept: batch.kept.map((texts) => sliceTexts(texts, first, first + rows)) }),
    ...(batch.pieces && { pieces: pickPieces(batch.pieces, first, rows) }),
    ...(batch.document && { document: pick<Float64Array | BigInt64Array>(batch.document) }),
    ...(batch.window && { window: pick<Float64Array | BigInt64Array>(batch.window) }),
    ...(batch.cuSeqlens && { cuSeqlens: boundaries(batch.cuSeqlens) }),
  }
}

function pickPieces({ offsets, ...values }: PieceLists, first: number, rows: number): PieceLists {
  const start = offsets[first]!
  const end = offsets[first + rows]!
  const picked = Object.entries(values).map(([key, array]) => [key, array.slice(start, end)])
  return {
    offsets: offsets.slice(first, first + rows + 1).map((offset) => offset - start),
    ...(Object.fromEntries(picked) as Omit<PieceLists, 'offsets'>),
  }
}

/** A batch as plain numbers, so that int64 columns compare whatever array they came in. */
export function plainRows(batch: PartBatch): object {
  const { rows, cuSeqlens, pieces, kept, ...arrays } = batch
  const columns = Object.entries(arrays).filter(([name]) => name !== 'firstWindow')
  return {
    rows,
    ...Object.fromEntries(columns.map(([name, values]) => [name, numbersOf(values)])),
    ...(cuSeqlens && { offsets: numbersOf(cuSeqlens.offsets), values: numbersOf(cuSeqlens.values) }),
    ...(kept && { kept: kept.map((texts) => Array.from({ length: rows }, (_, row) => textAt(texts, row))) }),
    ...(pieces && {
      pieces: Object.fromEntries(Object.entries(pieces).map(([key, values]) => [key, numbersOf(values)])),
    }),
  }
}

type Numeric = Int32Array | Uint16Array | Float32Array | Float64Array | BigInt64Array

function numbersOf(values: Numeric): number[] {
  return values instanceof BigInt64Array ? Array.from(values, Number) : Array.from(values)
}
