import type { Date } from 'apache-arrow/fb/date'
import type { Decimal } from 'apache-arrow/fb/decimal'
import type { Field } from 'apache-arrow/fb/field'
import type { FixedSizeBinary } from 'apache-arrow/fb/fixed-size-binary'
import type { FloatingPoint } from 'apache-arrow/fb/floating-point'
import type { Int } from 'apache-arrow/fb/int'
import type { Schema } from 'apache-arrow/fb/schema'
import type { Time } from 'apache-arrow/fb/time'
import type { Timestamp } from 'apache-arrow/fb/timestamp'
import type { Union } from 'apache-arrow/fb/union'
import type { SecondDigits, StoredNumber } from '../stored-number.ts'

/** Type numbers of the Arrow format (Schema.fbs) by name; `union` is `sparse-union` or `dense-union` here. */
const typeNames: readonly string[] = [
  'none',
  'null',
  'int',
  'float',
  'binary',
  'utf8',
  'bool',
  'decimal',
  'date',
  'time',
  'timestamp',
  'interval',
  'list',
  'struct',
  'union',
  'fixed-size-binary',
  'fixed-size-list',
  'map',
  'duration',
  'large-binary',
  'large-utf8',
  'large-list',
  'run-end-encoded',
  'binary-view',
  'utf8-view',
  'list-view',
  'large-list-view',
]

/** Whole numbers of a width. */
export interface IntType {
  readonly bytes: 1 | 2 | 4 | 8
  readonly signed: boolean
}

/** A column, or what is below one. */
export interface ArrowField {
  readonly name: string
  /** Name of the type, such as `utf8-view`. */
  readonly type: string
  readonly children: readonly ArrowField[]
  /** Of `int`. */
  readonly int?: IntType
  /** Bytes of a `float`. */
  readonly floatBytes?: number
  /** Bytes of a value of `fixed-size-binary`. */
  readonly fixedBytes?: number
  /** Of types whose values are whole numbers that stand for something else. */
  readonly stored?: { readonly bytes: number; readonly type: StoredNumber }
  /** Where the values lie in a dictionary: its number and the indices. */
  readonly dictionary?: { readonly id: number; readonly index: IntType }
}

/** Classes of the generated flatbuffers code that reading a schema needs. */
export interface SchemaDecoders {
  readonly Int: typeof Int
  readonly FloatingPoint: typeof FloatingPoint
  readonly Union: typeof Union
  readonly Decimal: typeof Decimal
  readonly Date: typeof Date
  readonly Time: typeof Time
  readonly Timestamp: typeof Timestamp
  readonly FixedSizeBinary: typeof FixedSizeBinary
}

/** Types can lie in each other; nobody's go deeper. */
const maxDepth = 64

/** Decimals have at most 76 digits; more zeros than this stand for nothing. */
const maxScale = 1000

/** @throws Error for an invalid schema, or with its numbers in the other byte order */
export function readSchema(schema: Schema, decoders: SchemaDecoders): readonly ArrowField[] {
  const endianness: number = schema.endianness()
  if (endianness !== 0) throw new Error('its numbers are big-endian')
  return children(schema.fieldsLength(), (k) => schema.fields(k), decoders, 0)
}

function children(
  count: number,
  fieldAt: (k: number) => Field | null,
  decoders: SchemaDecoders,
  depth: number,
): readonly ArrowField[] {
  if (depth > maxDepth) throw new Error('types lie too deep in each other')
  return Array.from({ length: count }, (_, k) => readField(fieldAt(k), decoders, depth))
}

function readField(field: Field | null, decoders: SchemaDecoders, depth: number): ArrowField {
  if (field === null) throw new Error('a field that is not there')
  const number: number = field.typeType()
  const named = typeNames[number]
  if (named === undefined || number === 0) throw new Error(`a type with the number ${number}`)
  const encoding = field.dictionary()
  const id = encoding?.id() ?? 0n
  return {
    name: field.name() ?? '',
    type: named === 'union' ? unionType(field, decoders) : named,
    children: children(field.childrenLength(), (k) => field.children(k), decoders, depth + 1),
    ...(named === 'int' && { int: readInt(field.type(new decoders.Int())) }),
    ...(named === 'float' && { floatBytes: floatBytes(field, decoders) }),
    ...(named === 'fixed-size-binary' && { fixedBytes: fixedBytes(field, decoders) }),
    ...storedOf(named, field, decoders),
    ...(encoding !== null && { dictionary: { id: Number(id), index: readInt(encoding.indexType()) } }),
  }
}

function unionType(field: Field, decoders: SchemaDecoders): string {
  const union: Union | null = field.type(new decoders.Union())
  const mode: number = union?.mode() ?? 0
  return mode === 1 ? 'dense-union' : 'sparse-union'
}

function floatBytes(field: Field, decoders: SchemaDecoders): number {
  const float: FloatingPoint | null = field.type(new decoders.FloatingPoint())
  const precision: number = float?.precision() ?? 0
  if (![0, 1, 2].includes(precision)) throw new Error(`a float with the precision ${precision}`)
  return 2 << precision
}

function fixedBytes(field: Field, decoders: SchemaDecoders): number {
  const binary: FixedSizeBinary | null = field.type(new decoders.FixedSizeBinary())
  const bytes = binary?.byteWidth() ?? 0
  if (bytes < 0) throw new Error(`values of ${bytes} bytes`)
  return bytes
}

/** Digits of seconds by the number of their unit. */
const unitDigits: readonly SecondDigits[] = [0, 3, 6, 9]

/** What the numbers of a type stand for, and their width. */
function storedOf(named: string, field: Field, decoders: SchemaDecoders): Pick<ArrowField, 'stored'> {
  switch (named) {
    case 'decimal': {
      const decimal: Decimal | null = field.type(new decoders.Decimal())
      const bytes = (decimal?.bitWidth() ?? 128) / 8
      if (![4, 8, 16, 32].includes(bytes)) throw new Error(`a decimal of ${bytes} bytes`)
      const scale = decimal?.scale() ?? 0
      if (Math.abs(scale) > maxScale) throw new Error(`a decimal of the scale ${scale}`)
      return { stored: { bytes, type: { kind: 'decimal', scale } } }
    }
    case 'date': {
      const date: Date | null = field.type(new decoders.Date())
      const unit: number = date?.unit() ?? 1
      return {
        stored: unit === 0 ? { bytes: 4, type: { kind: 'date' } } : { bytes: 8, type: millisecondDate },
      }
    }
    case 'time': {
      const time: Time | null = field.type(new decoders.Time())
      const bytes = (time?.bitWidth() ?? 32) / 8
      if (bytes !== 4 && bytes !== 8) throw new Error(`a time of ${bytes} bytes`)
      return { stored: { bytes, type: { kind: 'time', digits: digitsOf(time?.unit() ?? 1) } } }
    }
    case 'timestamp': {
      const timestamp: Timestamp | null = field.type(new decoders.Timestamp())
      const isInstant = (timestamp?.timezone() ?? '') !== ''
      const digits = digitsOf(timestamp?.unit() ?? 0)
      return { stored: { bytes: 8, type: { kind: 'timestamp', digits, isInstant } } }
    }
    case 'duration':
      return { stored: { bytes: 8, type: { kind: 'duration' } } }
    default:
      return {}
  }
}

const millisecondDate: StoredNumber = { kind: 'date', perDay: 86_400_000 }

function digitsOf(unit: number): SecondDigits {
  const digits = unitDigits[unit]
  if (digits === undefined) throw new Error(`a unit of time with the number ${unit}`)
  return digits
}

/** Dictionaries without an index type have 32-bit indices. */
function readInt(int: Int | null): IntType {
  if (int === null) return { bytes: 4, signed: true }
  const bytes = int.bitWidth() / 8
  if (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8)
    throw new Error(`an integer of ${bytes} bytes`)
  return { bytes, signed: int.isSigned() }
}
