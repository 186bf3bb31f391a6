import type { ArrowBody } from './body.ts'
import type { ArrowValue } from './arrow-value.ts'
import type { ColumnPlace } from './layout.ts'
import { textOfStored } from '../stored-number.ts'
import type { ArrowField, IntType } from './schema.ts'

/** Thrown for a column of an unsupported type. */
export class UnreadableType extends Error {
  readonly type: string

  constructor(type: string) {
    super(`a column of the type ${type}`)
    this.type = type
  }
}

type ValueReader = (body: ArrowBody, place: ColumnPlace, rows: number) => (row: number) => ArrowValue

/** Types whose values are texts. */
export const textTypes: readonly string[] = [
  'utf8',
  'binary',
  'large-utf8',
  'large-binary',
  'utf8-view',
  'binary-view',
]

/** Chooses how the values of a field are read: a type that is missing here holds nothing that can be read. */
export function valueReaderOf(field: ArrowField): ValueReader {
  const reader = Object.hasOwn(readers, field.type) ? readers[field.type] : undefined
  if (reader === undefined) throw new UnreadableType(field.type)
  return (body, place, rows) => reader(body, place, rows, field)
}

type FieldReader = (
  body: ArrowBody,
  place: ColumnPlace,
  rows: number,
  field: ArrowField,
) => (row: number) => ArrowValue

const readers: Readonly<Record<string, FieldReader>> = {
  utf8: (body, place, rows) => textReader(body, place, rows, 4),
  binary: (body, place, rows) => textReader(body, place, rows, 4),
  'large-utf8': (body, place, rows) => textReader(body, place, rows, 8),
  'large-binary': (body, place, rows) => textReader(body, place, rows, 8),
  'utf8-view': viewReader,
  'binary-view': viewReader,
  bool: (body, { buffer }, rows) => {
    const bits = atLeast(body.buffer(buffer + 1), Math.ceil(rows / 8))
    return (row) => ((bits[row >> 3]! >> (row & 7)) & 1) === 1
  },
  int: (body, { buffer }, rows, { int }) => intReader(body.buffer(buffer + 1), rows, int!),
  float: (body, { buffer }, rows, { floatBytes }) => {
    const values = viewOf(atLeast(body.buffer(buffer + 1), rows * floatBytes!))
    if (floatBytes === 2) return (row) => halfOf(values.getUint16(row * 2, true))
    return (row) => (floatBytes === 4 ? values.getFloat32(row * 4, true) : values.getFloat64(row * 8, true))
  },
  'fixed-size-binary': (body, { buffer }, rows, { fixedBytes = 0 }) => {
    const values = atLeast(body.buffer(buffer + 1), rows * fixedBytes)
    return (row) => values.subarray(row * fixedBytes, (row + 1) * fixedBytes)
  },
  decimal: storedReader,
  date: storedReader,
  time: storedReader,
  timestamp: storedReader,
  duration: storedReader,
}

/** Whole numbers of up to 32 bytes, smallest byte first, as the texts of what they stand for. */
function storedReader(
  body: ArrowBody,
  { buffer }: ColumnPlace,
  rows: number,
  { stored }: ArrowField,
): (row: number) => string {
  const { bytes, type } = stored!
  const values = viewOf(atLeast(body.buffer(buffer + 1), rows * bytes))
  const wholeAt = (row: number): bigint => {
    if (bytes === 4) return BigInt(values.getInt32(row * 4, true))
    let whole = values.getBigInt64((row + 1) * bytes - 8, true)
    for (let at = (row + 1) * bytes - 16; at >= row * bytes; at -= 8)
      whole = (whole << 64n) | values.getBigUint64(at, true)
    return whole
  }
  return (row) => textOfStored(wholeAt(row), type)
}

/** The number of 16 bits (IEEE 754 binary16). `DataView` has it from Node 24 on. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Texts between offsets, which must not go back and must not leave the values. */
function textReader(
  body: ArrowBody,
  { buffer }: ColumnPlace,
  rows: number,
  offsetBytes: 4 | 8,
): (row: number) => Uint8Array {
  const offsetBuffer = body.buffer(buffer + 1)
  const values = body.buffer(buffer + 2)
  // Writers leave out the single offset of a column without rows.
  if (rows === 0) return () => values
  const offsets = viewOf(atLeast(offsetBuffer, (rows + 1) * offsetBytes))
  const offsetAt = (row: number): number =>
    offsetBytes === 4 ? offsets.getInt32(row * 4, true) : Number(offsets.getBigInt64(row * 8, true))
  let last = 0
  for (let row = 0; row <= rows; row++) {
    const offset = offsetAt(row)
    if (!(offset >= last)) throw new Error('an offset goes back')
    last = offset
  }
  if (last > values.length) throw new Error('an offset points outside its buffer')
  return (row) => values.subarray(offsetAt(row), offsetAt(row + 1))
}

/** Bytes of a view, and the longest text that lies in it. */
const viewBytes = 16
const inlineBytes = 12

/** A view is a length, then the text itself if it is short, or 4 bytes of it, the number of a buffer and an offset in it. */
function viewReader(body: ArrowBody, place: ColumnPlace, rows: number): (row: number) => Uint8Array {
  const views = atLeast(body.buffer(place.buffer + 1), rows * viewBytes)
  const numbers = viewOf(views)
  const further = body.batch.variadicCounts[place.variadic] ?? 0
  const buffers = Array.from({ length: further }, (_, k) => body.buffer(place.buffer + 2 + k))
  const textAt = (row: number): Uint8Array | undefined => {
    const at = row * viewBytes
    const length = numbers.getInt32(at, true)
    if (length < 0) return undefined
    if (length <= inlineBytes) {
      const isPadded = views.subarray(at + 4 + length, at + viewBytes).every((byte) => byte === 0)
      return isPadded ? views.subarray(at + 4, at + 4 + length) : undefined
    }
    const bytes = buffers[numbers.getInt32(at + 8, true)]
    const start = numbers.getInt32(at + 12, true)
    if (bytes === undefined || start < 0 || start + length > bytes.length) return undefined
    return bytes.subarray(start, start + length)
  }
  return (row) => {
    const text = textAt(row)
    if (text === undefined) throw new Error('a view points outside its buffer')
    const at = row * viewBytes
    if (text.length > inlineBytes && !samePrefix(views, at + 4, text))
      throw new Error('a view does not begin as its text')
    return text
  }
}

function samePrefix(views: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let k = 0; k < 4; k++) if (views[at + k] !== text[k]) return false
  return true
}

/** Reads whole numbers. */
export function intReader(
  bytes: Uint8Array,
  rows: number,
  { bytes: width, signed }: IntType,
): (row: number) => number | bigint {
  const view = viewOf(atLeast(bytes, rows * width))
  if (width === 1) return (row) => (signed ? view.getInt8(row) : view.getUint8(row))
  if (width === 2) return (row) => (signed ? view.getInt16(row * 2, true) : view.getUint16(row * 2, true))
  if (width === 4) return (row) => (signed ? view.getInt32(row * 4, true) : view.getUint32(row * 4, true))
  return (row) => (signed ? view.getBigInt64(row * 8, true) : view.getBigUint64(row * 8, true))
}

const arrays = {
  signed: { 1: Int8Array, 2: Int16Array, 4: Int32Array },
  unsigned: { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array },
} as const

/**
 * Makes the reader of ranges of a column's whole numbers, as arrays of their own: those of 64 bits as float64, which is exact up to 2^53.
 *
 * @throws Error for a column that has fewer than `rows`
 */
export function intArray(
  bytes: Uint8Array,
  rows: number,
  { bytes: width, signed }: IntType,
): (from: number, to: number) => ArrayLike<number> {
  atLeast(bytes, rows * width)
  return (from, to) => {
    // They may lie at any place in memory: a copy lies where an array may begin.
    const { buffer } = new Uint8Array(bytes.subarray(from * width, to * width))
    return width === 8
      ? wholeNumbers(buffer, signed)
      : new arrays[signed ? 'signed' : 'unsigned'][width](buffer)
  }
}

function wholeNumbers(buffer: ArrayBuffer, signed: boolean): Float64Array {
  const words = new Uint32Array(buffer)
  const high = signed ? new Int32Array(buffer) : words
  const numbers = new Float64Array(words.length / 2)
  for (let at = 0; at < numbers.length; at++) numbers[at] = high[2 * at + 1]! * 2 ** 32 + words[2 * at]!
  return numbers
}

function atLeast(bytes: Uint8Array, byteLength: number): Uint8Array {
  if (bytes.length < byteLength) throw new Error('a column has too few values')
  return bytes
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
