import type { ColumnBytes } from '../arrow/ipc-writer.ts'
import { DatasetError } from '../errors.ts'
import {
  columnsOfWindows,
  elementsPerRow,
  keptColumnsOf,
  type PieceColumnName,
  type WindowColumn,
} from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { bytesOf } from '../layout/typed-array.ts'
import { checkCuSeqlens } from './cu-seqlens.ts'
import { ignoredTarget, type Int64Values, type PartBatch, type PieceLists } from './part-batch.ts'
import { checkPieces, pieceKeyOf } from './piece-lists.ts'
import type { TextValues } from './text-values.ts'
import { joinWindowIds, type WindowIdMemory } from './window-ids.ts'

type TypedArray = Int32Array | Uint16Array | Float32Array | BigInt64Array | Float64Array

/** What checking a batch can make use of. */
export interface BatchKnowledge {
  /** Overwritten by the next batch. @default memory of its own */
  readonly memory?: WindowIdMemory
  /** The caller has seen that every id is of the vocabulary, or an ignored target. @default false */
  readonly idsInside?: boolean
}

/**
 * Checks a batch against its layout and gives the bytes of each column: views of the caller's arrays wherever the
 * types agree, and converted copies of the small columns (one number a row) and of ids narrowed to uint16.
 *
 * @throws DatasetError `invalid-argument` for a missing, unwanted or wrongly sized array; `out-of-range` for an id.
 */
export function batchBytes(
  layout: DatasetLayout,
  batch: PartBatch,
  firstWindow: number,
  known: BatchKnowledge = {},
): ColumnBytes[] {
  const columns = columnsOfWindows(layout).map((column) =>
    columnBytes(layout, column, batch, firstWindow, known),
  )
  const kept = keptColumnsOf(layout).map(({ name }, place) =>
    textBytes(name, batch.kept?.[place], batch.rows),
  )
  return [...columns, ...kept]
}

/** Checks a column of texts and gives its bytes. */
export function textBytes(name: string, texts: TextValues | undefined, rows: number): ColumnBytes {
  const fail = (found: string): DatasetError =>
    new DatasetError('invalid-argument', `Expected ${rows} texts of the column \`${name}\`, got ${found}`)
  if (texts === undefined) throw fail('nothing')
  const { offsets, bytes, validity } = texts
  if (offsets.length !== rows + 1) throw fail(`${offsets.length - 1}`)
  if (validity.length !== Math.ceil(rows / 8)) throw fail(`a validity of ${validity.length} bytes`)
  if (rows % 8 !== 0 && validity.at(-1)! >> (rows % 8) !== 0) throw fail('valid rows after the last')
  if (offsets[0] !== 0 || offsets[rows] !== bytes.length) throw fail('offsets that do not span the texts')
  for (let row = 0; row < rows; row++) if (offsets[row + 1]! < offsets[row]!) throw fail('offsets that fall')
  return { data: bytes, offsets: bytesOf(offsets), validity }
}

function windowIdBytes(layout: DatasetLayout, batch: PartBatch, known: BatchKnowledge): Uint8Array {
  const { memory = {} } = known
  const inputs = checkedIds('inputIds', batch, layout, known)
  const targets = checkedIds('targetIds', batch, layout, known)
  return idBytes(joinWindowIds(inputs, targets, layout, memory), layout)
}

function columnBytes(
  layout: DatasetLayout,
  column: WindowColumn,
  batch: PartBatch,
  firstWindow: number,
  known: BatchKnowledge,
): ColumnBytes {
  const { rows } = batch
  const elements = rows * elementsPerRow(column)
  switch (column.name) {
    case 'window_ids':
      return { data: windowIdBytes(layout, batch, known) }
    case 'input_ids':
      return { data: idBytes(checkedIds('inputIds', batch, layout, known), layout) }
    case 'target_ids':
      return { data: idBytes(checkedIds('targetIds', batch, layout, known), layout) }
    case 'inputs_embeds':
      return { data: viewOf('inputsEmbeds', batch.inputsEmbeds, vectorArray(layout), elements) }
    case 'first_block':
      return { data: viewOf('firstBlock', batch.firstBlock, vectorArray(layout), elements) }
    case 'position_ids':
      return { data: viewOf('positionIds', batch.positionIds, Int32Array, elements) }
    case 'document_ids':
      return { data: viewOf('documentIds', batch.documentIds, Int32Array, elements) }
    case 'cu_seqlens': {
      const { offsets, values } = checkCuSeqlens(batch.cuSeqlens, rows, layout.maxLength)
      return { data: bytesOf(values), offsets: bytesOf(offsets) }
    }
    case 'document':
      return { data: int64Bytes('document', batch.document, elements) }
    case 'window':
      if (batch.window !== undefined) return { data: int64Bytes('window', batch.window, elements) }
      return { data: int64Words(rows, (row) => firstWindow + row) }
    case 'source':
      return { data: viewOf('source', batch.source, Int32Array, elements) }
    case 'byte_start':
      return { data: int64Bytes('byteStart', batch.byteStart, elements) }
    case 'byte_end':
      return { data: int64Bytes('byteEnd', batch.byteEnd, elements) }
    case 'piece_lengths':
    case 'piece_documents':
    case 'piece_first_tokens':
    case 'piece_sources':
    case 'piece_byte_starts':
    case 'piece_byte_ends':
      return pieceBytes(column.name, batch.pieces, layout.maxLength, rows)
  }
}

/** The arrays that vectors come in. */
export function vectorArray({ dtype }: DatasetLayout): Float32ArrayConstructor | Uint16ArrayConstructor {
  return dtype === 'f32' ? Float32Array : Uint16Array
}

function pieceBytes(
  name: PieceColumnName,
  given: PieceLists | undefined,
  maxLength: number,
  rows: number,
): ColumnBytes {
  const pieces = checkPieces(given, rows, maxLength)
  const key = pieceKeyOf[name]
  const values = pieces[key]
  const count = pieces.lengths.length
  const data =
    values instanceof Int32Array
      ? viewOf(`pieces.${key}`, values, Int32Array, count)
      : int64Bytes(`pieces.${key}`, values, count)
  return { data, offsets: bytesOf(pieces.offsets) }
}

/** The bytes of an array of the expected type and length. */
export function viewOf(
  name: string,
  array: TypedArray | undefined,
  Type: Int32ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor,
  elements: number,
): Uint8Array {
  if (!(array instanceof Type)) throw wrongArray(name, Type.name, elements, array)
  checkLength(name, array, elements)
  return bytesOf(array)
}

function checkLength(name: string, array: TypedArray, elements: number): void {
  if (array.length !== elements) throw wrongArray(name, array.constructor.name, elements, array)
}

function wrongArray(name: string, type: string, elements: number, got: TypedArray | undefined): DatasetError {
  const found = got === undefined ? 'nothing' : `${got.constructor.name} of ${got.length}`
  return new DatasetError(
    'invalid-argument',
    `Expected \`${name}\` to be ${type} of ${elements} elements, got ${found}`,
  )
}

/** @throws DatasetError `invalid-argument`, `out-of-range` */
function checkedIds(
  name: 'inputIds' | 'targetIds',
  batch: PartBatch,
  layout: DatasetLayout,
  { idsInside = false }: BatchKnowledge,
): Int32Array | Uint16Array {
  const { vocabSize, maxLength } = layout
  const elements = batch.rows * maxLength
  const ids = batch[name] as PartBatch['inputIds'] | undefined
  if (ids === undefined) throw wrongArray(name, 'Int32Array', elements, ids)
  checkLength(name, ids, elements)
  if (idsInside) return ids
  const findBad = name === 'inputIds' ? firstOutside : findBadTarget(layout)
  const bad = findBad(ids, vocabSize)
  if (bad !== -1) {
    throw new DatasetError(
      'out-of-range',
      `Expected \`${name}\` in [0, ${vocabSize}), got ${ids[bad]} in row ${Math.floor(bad / maxLength)}, ` +
        `position ${bad % maxLength}`,
    )
  }
  return ids
}

/** Ids as a layout keeps them. */
export function idBytes(ids: Int32Array | Uint16Array, { idType }: DatasetLayout): Uint8Array {
  // Made of an array, not from it: that would go through an iterator.
  if (idType === 'uint16') return bytesOf(ids instanceof Uint16Array ? ids : new Uint16Array(ids))
  return bytesOf(ids instanceof Int32Array ? ids : new Int32Array(ids))
}

/** Gives the index of the first id that may not be there, or -1. */
type FindBad = (ids: Int32Array | Uint16Array, vocabSize: number) => number

/** Narrow ids have no room for {@link ignoredTarget}. */
function findBadTarget({ idType }: DatasetLayout): FindBad {
  return idType === 'uint16' ? firstOutside : firstBadTarget
}

function firstBadTarget(ids: Int32Array | Uint16Array, vocabSize: number): number {
  let from = firstOutside(ids, vocabSize)
  if (from === -1 || ids[from] !== ignoredTarget) return from
  while (from < ids.length && (ids[from] === ignoredTarget || (ids[from]! >= 0 && ids[from]! < vocabSize)))
    from++
  return from === ids.length ? -1 : from
}

/** Index of the first id outside `[0, vocabSize)`, or -1. */
export function firstOutside(ids: Int32Array | Uint16Array, vocabSize: number): number {
  const isInside = ids instanceof Int32Array ? areInside(ids, vocabSize) : areNarrowInside(ids, vocabSize)
  // Unsigned, one comparison tells both.
  return isInside ? -1 : ids.findIndex((id) => id >>> 0 >= vocabSize)
}

/**
 * Whether all ids are in `[0, vocabSize)`: then neither they nor their distance to the last has the sign of a negative number. All ids
 * of a run come by here, so this asks nothing of each.
 */
function areInside(ids: Int32Array, vocabSize: number): boolean {
  const last = vocabSize - 1
  let signs = 0
  for (let index = 0; index < ids.length; index++) signs |= ids[index]! | (last - ids[index]!)
  return signs >= 0
}

/** The same in a function of its own, so that it is compiled for its kind of array alone. */
function areNarrowInside(ids: Uint16Array, vocabSize: number): boolean {
  const last = vocabSize - 1
  let signs = 0
  for (let index = 0; index < ids.length; index++) signs |= last - ids[index]!
  return signs >= 0
}

/** Whole numbers as int64. */
export function int64Bytes(name: string, values: Int64Values | undefined, elements: number): Uint8Array {
  if (values instanceof BigInt64Array) {
    checkLength(name, values, elements)
    return bytesOf(values)
  }
  if (!(values instanceof Float64Array)) throw wrongArray(name, 'Float64Array', elements, values)
  checkLength(name, values, elements)
  for (let row = 0; row < elements; row++) {
    if (Number.isSafeInteger(values[row])) continue
    throw new DatasetError(
      'invalid-argument',
      `Expected \`${name}\` to hold whole numbers below 2^53, got ${values[row]} in row ${row}`,
    )
  }
  return int64Words(elements, (row) => values[row]!)
}

/** Whole numbers as int64, little-endian, without a bigint for each. */
export function int64Words(elements: number, valueOf: (row: number) => number): Uint8Array {
  const words = new Int32Array(2 * elements)
  for (let row = 0; row < elements; row++) {
    const value = valueOf(row)
    words[2 * row] = value | 0
    words[2 * row + 1] = Math.floor(value / 2 ** 32)
  }
  return bytesOf(words)
}
