import type { Field } from 'apache-arrow/fb/field'
import type { FloatingPoint } from 'apache-arrow/fb/floating-point'
import type { Int } from 'apache-arrow/fb/int'
import type { Union } from 'apache-arrow/fb/union'
import type { Schema } from 'apache-arrow/fb/schema'

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
  /** Where the values lie in a dictionary: its number and the indices. */
  readonly dictionary?: { readonly id: number; readonly index: IntType }
}

/** Classes of the generated flatbuffers code that reading a schema needs. */
export interface SchemaDecoders {
  readonly Int: typeof Int
  readonly FloatingPoint: typeof FloatingPoint
  readonly Union: typeof Union
}

/** Types can lie in each other; nobody's go deeper. */
const maxDepth = 64

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
  return 2 << (float?.precision() ?? 0)
}

/** Dictionaries without an index type have 32-bit indices. */
function readInt(int: Int | null): IntType {
  if (int === null) return { bytes: 4, signed: true }
  const bytes = int.bitWidth() / 8
  if (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8)
    throw new Error(`an integer of ${bytes} bytes`)
  return { bytes, signed: int.isSigned() }
}
